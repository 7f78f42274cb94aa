import { huber, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { cosineSchedule, sgd } from '@lstm/optim';
import { beforeAll, expect, it } from 'vitest';
import { line, lineTrainer } from '../test/line.ts';
import { type Callback, createTrainer, reduceLearningRate } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

it('reduceLearningRate reduces on a plateau', async () => {
  const ratesFrom = async (first: number, minLearningRate: number): Promise<number[]> => {
    const trainer = lineTrainer(first);
    const rates: number[] = [];
    const recorder: Callback = { onEpochEnd: () => void rates.push(trainer.optimizer.learningRate) };
    const reducer = reduceLearningRate({ monitor: 'loss', patience: 2, factor: 0.5, minLearningRate, minDelta: 1e9 });
    await trainer.fit(line.x, line.y, { epochs: 6, callbacks: [reducer, recorder] });
    return rates;
  };
  expect(await ratesFrom(1e-3, 4e-4)).toEqual([1e-3, 1e-3, 5e-4, 5e-4, 4e-4, 4e-4]);
  expect(await ratesFrom(1e-3, 1e-2)).toEqual(Array(6).fill(1e-3)); // never up
});

it('reduceLearningRate refuses a schedule before the first step', async () => {
  const optimizer = sgd({ learningRate: cosineSchedule({ learningRate: 0.1, decaySteps: 9 }) });
  const trainer = createTrainer(lineTrainer().network, { optimizer, loss: huber });
  await expect(trainer.fit(line.x, line.y, { callbacks: [reduceLearningRate({ monitor: 'loss' })] })).rejects.toThrow(
    '[sgd] learningRate is a schedule. Only a constant rate can be set.',
  );
  expect(optimizer.iterations).toBe(0);
});
