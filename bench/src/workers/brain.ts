import brain from 'brain.js';
import { packageVersion } from './package-version.ts';
import { serve } from './serve.ts';

/**
 * brain.js trains on a batch of the same shape in its own way: its cell has no cell state of its own (the forget gate keeps the last
 * output), its loss looks at every step, it updates after each sequence. So there is nothing to compare, only a time to tell.
 */
await serve(async (workload, arrays) => {
  const { x, y } = arrays;
  if (workload.features !== 1 || workload.loss !== 'squares' || x === undefined || y === undefined) {
    throw new Error('brain.js takes series of numbers here');
  }
  const hiddenLayers = workload.layers.flatMap((layer) => (layer.kind === 'lstm' ? [layer.units] : []));
  const network = new brain.recurrent.LSTMTimeStep({ inputSize: 1, hiddenLayers, outputSize: 1 });
  const { batch, time } = workload;
  const series = Array.from({ length: batch }, (_, b) => [
    ...x.data.slice(b * time, (b + 1) * time),
    y.data[b] as number,
  ]);
  const train = (): void => {
    network.train(series, { iterations: 1, learningRate: 1e-3, errorThresh: 0 });
  };
  return {
    version: packageVersion('brain.js'),
    settings: 'its own cell, loss and optimizer',
    async compare() {
      train();
      return {};
    },
    run(repeat) {
      for (let i = 0; i < repeat; i++) train();
    },
  };
});
