import { cpu } from '@lstm/backend-cpu';
import { useBackend } from '@lstm/core';
import { expect, test } from 'vitest';
import { drawArrays } from '../arrays.ts';
import { adamNumbers, comparedSteps, type Workload } from '../workloads.ts';
import { Device } from './kernel-device.ts';
import { KernelNetwork } from './kernel-network.ts';
import { trainerOf } from './trainer.ts';

const common = { batch: 3, time: 4, streaming: false } as const;
const workloads: readonly Workload[] = [
  {
    ...common,
    name: 'regression',
    features: 2,
    layers: [
      { kind: 'lstm', units: 5, sequences: true },
      { kind: 'lstm', units: 3, sequences: false },
      { kind: 'dense', units: 1, activation: 'linear' },
    ],
    loss: 'squares',
  },
  {
    ...common,
    name: 'two classes with dropout',
    features: 0,
    layers: [
      { kind: 'embedding', vocabulary: 7, size: 3 },
      { kind: 'lstm', units: 5, sequences: false },
      { kind: 'dense', units: 4, activation: 'relu' },
      { kind: 'dropout', rate: 0.5 },
      { kind: 'dense', units: 1, activation: 'linear' },
    ],
    loss: 'binary',
  },
  {
    ...common,
    name: 'a class for each step',
    features: 0,
    layers: [
      { kind: 'embedding', vocabulary: 7, size: 3 },
      { kind: 'lstm', units: 5, sequences: true },
      { kind: 'dense', units: 7, activation: 'linear' },
    ],
    loss: 'classes',
  },
];

test.each(workloads)('kernels alone train as the public API does: $name', async (workload) => {
  const backend = cpu({ threads: 1 });
  await useBackend(backend);
  const arrays = drawArrays(workload);
  const network = new KernelNetwork(new Device(backend), workload, arrays, {
    adam: adamNumbers,
    weightPrecision: 'float32',
  });
  const trainer = trainerOf(workload, arrays, adamNumbers);
  const { x, y } = arrays;
  if (x === undefined || y === undefined) throw new Error('no data');
  const losses: number[] = [];
  for (let step = 0; step < comparedSteps; step++) {
    const own = network.train()[0] as number;
    losses.push(own);
    expect((await trainer.trainOnBatch(x, y))['loss']).toBeCloseTo(own, 5);
  }
  expect(new Set(losses).size).toBe(comparedSteps);
});
