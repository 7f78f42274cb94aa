import { expect, it } from 'vitest';
import { adding, problems, recall } from './problems.ts';

it('adding marks one number in each half and asks for their sum', () => {
  for (const time of [2, 7, 30]) {
    const { x, y } = adding.samples(200, time, 3);
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

it('recall asks for the first symbol; the others are of another kind, all equally often', () => {
  const [count, time] = [400, 5];
  const { x, y } = recall.samples(count, time, 3);
  expect([x.shape, y.shape]).toEqual([
    [count, time, 16],
    [count, 1],
  ]);
  const shown = Array.from({ length: count * time }, (_, place) => {
    const step = [...x.data.slice(place * 16, place * 16 + 16)];
    expect(step.reduce((a, b) => a + b)).toBe(1);
    return step.indexOf(1);
  });
  expect([...y.data]).toEqual(shown.filter((_, place) => place % time === 0));
  const often = Array.from({ length: 16 }, (_, symbol) => shown.filter((each) => each === symbol).length);
  for (const [symbol, times] of often.entries()) {
    expect(Math.abs(times - (symbol < 8 ? 50 : 200))).toBeLessThan(symbol < 8 ? 25 : 50);
  }
  shown.forEach((symbol, place) => {
    expect(symbol < 8).toBe(place % time === 0);
  });
});

it.each(problems)('$name is the same for a seed and step, and another one for others', (problem) => {
  const draw = (seed: number, step: number): number[] => [...problem.samples(2, 5, seed, step).x.data];
  expect(draw(1, 0)).toEqual(draw(1, 0));
  expect(draw(1, 0)).not.toEqual(draw(1, 1));
  expect(draw(1, 0)).not.toEqual(draw(2, 0));
});

it('knows what is solved', () => {
  expect([0.009, 0.011].map((valLoss) => adding.solved({ loss: 0, valLoss }))).toEqual([true, false]);
  expect([0.99, 0.98].map((valAccuracy) => recall.solved({ loss: 0, valAccuracy }))).toEqual([true, false]);
});
