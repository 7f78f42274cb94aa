// Runs in a worker until it is terminated: trains a model of the playground's size, or only keeps a processor busy.
import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, lstm, sequential } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { compile } from '@lstm/train';
import { type GpuMode, gpu } from '../src/index.ts';

async function train(load: string): Promise<never> {
  await useBackend(load === 'reference' ? reference() : await gpu({ mode: load as GpuMode }));
  const [batch, time] = [32, 30];
  const model = compile(sequential([lstm({ units: 32 }), dense({ units: 1 })]), {
    optimizer: adam({ learningRate: 1e-3, clipNorm: 1 }),
    loss: 'mse',
  });
  const x = { data: Float32Array.from({ length: batch * time }, (_, i) => Math.sin(i / 5)), shape: [batch, time, 1] };
  const y = { data: Float32Array.from({ length: batch }, (_, i) => Math.sin(i)), shape: [batch, 1] };
  // The first steps compile kernels.
  for (let step = 0; ; step++) {
    await model.trainOnBatch(x, y);
    if (step === 5) postMessage('at work');
  }
}

function burn(): never {
  postMessage('at work');
  for (let sum = 0; ; sum++) if (sum < 0) postMessage(sum);
}

addEventListener('message', ({ data }: MessageEvent<string>) => {
  if (data === 'busy') burn();
  void train(data);
});
