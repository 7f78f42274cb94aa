// Serves as the test asks for.
import { workerData } from 'node:worker_threads';
import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { earlyStopping, reduceLearningRate, serveFit } from '@lstm/train';

const kind: unknown = workerData;

if (kind === 'broken') throw new Error('no such device');
await useBackend(reference());
if (kind === 'late') await new Promise((resolve) => setTimeout(resolve, 100));
if (kind === 'plateau') {
  serveFit({ loss: 'mse', callbacks: [reduceLearningRate({ monitor: 'loss', patience: 1, minDelta: 100 })] });
} else if (kind === 'early') {
  serveFit({ loss: 'mse', callbacks: [earlyStopping({ monitor: 'loss', patience: 1, minDelta: 100 })] });
} else if (kind === 'wrong') {
  serveFit({ loss: 'msee' as 'mse' });
} else if (kind === 'crash') {
  serveFit({ loss: 'mse', callbacks: [{ onEpochEnd: () => process.exit(1) }] });
} else if (kind === 'bug') {
  serveFit({
    loss: 'mse',
    callbacks: [
      {
        onEpochEnd: () => {
          throw new TypeError('a bug');
        },
      },
    ],
  });
} else {
  serveFit({ loss: 'mse', metrics: ['mae'] });
}
