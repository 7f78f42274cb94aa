// Serves as the test asks for.
import { workerData } from 'node:worker_threads';
import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { type Callback, earlyStopping, reduceLearningRate, type ServeFitOptions, serveFit } from '@lstm/train';
import { slowing } from './slowing.ts';

const watched = { monitor: 'loss', patience: 1, minDelta: 100 };
const bug: Callback = {
  onEpochEnd: () => {
    throw new TypeError('a bug', { cause: new Error('its cause') });
  },
};

const served: Readonly<Record<string, ServeFitOptions>> = {
  plain: { loss: 'mse', metrics: ['mae'] },
  late: { loss: 'mse', metrics: ['mae'] },
  plateau: { loss: 'mse', callbacks: () => [reduceLearningRate(watched)] },
  early: { loss: 'mse', callbacks: () => [earlyStopping({ monitor: 'valLoss', patience: 2, restoreBest: true })] },
  slowing: { loss: 'mse', optimizer: slowing },
  wrong: { loss: 'msee' as 'mse' },
  crash: { loss: 'mse', callbacks: () => [{ onEpochEnd: () => process.exit(1) }] },
  bug: { loss: 'mse', callbacks: () => [bug] },
};

const kind = workerData as string;
if (kind === 'broken') throw new Error('no such device');
await useBackend(reference());
if (kind === 'late') await new Promise((resolve) => setTimeout(resolve, 100));
if (kind === 'deaf') setInterval(() => undefined, 1000);
else serveFit(served[kind] as ServeFitOptions);
