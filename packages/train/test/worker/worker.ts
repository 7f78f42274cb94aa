// worker.ts
import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { reduceLearningRate, serveFit } from '@lstm/train';

await useBackend(reference());
serveFit({
  loss: 'mse',
  metrics: ['mae'],
  callbacks: () => [reduceLearningRate({ monitor: 'loss' })],
});
