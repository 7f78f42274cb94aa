import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { lstm } from '@lstm/layers';
import { beforeAll, expect, it } from 'vitest';
import { addingProblem, stepsToSolve } from './adding-problem.ts';

beforeAll(async () => {
  await useBackend(reference());
});

it('marks one number in each half and asks for their sum', () => {
  for (const time of [2, 7, 30]) {
    const { x, y } = addingProblem(200, time, 3);
    expect([x.shape, y.shape]).toEqual([
      [200, time, 2],
      [200, 1],
    ]);
    for (let i = 0; i < 200; i++) {
      const steps = Array.from({ length: time }, (_, t) => [
        x.data[(i * time + t) * 2]!,
        x.data[(i * time + t) * 2 + 1]!,
      ]);
      const marked = steps.flatMap(([, mark], t) => (mark === 1 ? [t] : []));
      expect(marked.map((t) => t < Math.floor(time / 2))).toEqual([true, false]);
      expect(y.data[i]).toBeCloseTo(
        steps.reduce((total, [number, mark]) => total + number! * mark!, 0),
        6,
      );
    }
  }
});

it('is the same for a seed and step, and another one for others', () => {
  const draw = (seed: number, step: number): number[] => [...addingProblem(2, 5, seed, step).x.data];
  expect(draw(1, 0)).toEqual(draw(1, 0));
  expect(draw(1, 0)).not.toEqual(draw(1, 1));
  expect(draw(1, 0)).not.toEqual(draw(2, 0));
});

it('a small LSTM solves it over 6 steps, and not in the first hundred', { timeout: 120_000 }, async () => {
  const options = { time: 6, seed: 0, learningRate: 0.01, limit: 800 };
  const steps = await stepsToSolve(lstm({ units: 12 }), options);
  expect(steps).toBeGreaterThan(100);
  expect(steps).toBeLessThanOrEqual(800);
  expect(await stepsToSolve(lstm({ units: 12 }), { ...options, limit: 100 })).toBeUndefined();
});
