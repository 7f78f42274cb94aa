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
  const trainer = lineTrainer(0);
  trainer.optimizer.learningRate = 0;
  const rates: number[] = [];
  const recorder: Callback = { onEpochEnd: () => void rates.push(trainer.optimizer.learningRate) };
  const callbacks = [
    reduceLearningRate({ monitor: 'loss', patience: 2, factor: 0.5, minLearningRate: 0.25, minDelta: 1e9 }),
    recorder,
  ];
  trainer.optimizer.learningRate = 1e-9;
  await trainer.fit(line.x, line.y, { epochs: 4, callbacks });
  expect(rates).toEqual([1e-9, 1e-9, 0.25, 0.25]);
});

it('reduceLearningRate refuses a schedule before the first step', async () => {
  const optimizer = sgd({ learningRate: cosineSchedule({ learningRate: 0.1, decaySteps: 9 }) });
  const trainer = createTrainer(lineTrainer().network, { optimizer, loss: huber });
  await expect(trainer.fit(line.x, line.y, { callbacks: [reduceLearningRate({ monitor: 'loss' })] })).rejects.toThrow(
    '[sgd] learningRate is a schedule. Only a constant rate can be set.',
  );
  expect(optimizer.iterations).toBe(0);
});
