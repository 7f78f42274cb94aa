// worker.ts
import { gpu } from '@lstm/backend-gpu';
import { type Backend, type HostArray, UnsupportedError, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, lstm, sequential } from '@lstm/layers';
import { compile } from '@lstm/train';

async function chooseBackend(): Promise<Backend> {
  try {
    return await useBackend(gpu());
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return useBackend(reference());
  }
}

const stop = new AbortController();

async function train(x: HostArray, y: HostArray, epochs: number): Promise<void> {
  const { name } = await chooseBackend();
  const network = sequential([
    lstm({ units: 8, inputShape: [null, 1] }),
    dense({ units: 1 }),
  ]);
  const model = compile(network, { optimizer: 'adam', loss: 'mse' });
  await model.fit(x, y, {
    epochs,
    signal: stop.signal,
    callbacks: [
      {
        onEpochEnd: (epoch, logs) =>
          postMessage(`${name}, epoch ${epoch + 1}: ${logs.loss}`),
      },
    ],
  });
  const bytes = await model.save();
  postMessage(bytes, { transfer: [bytes.buffer] }); // moved, not copied
}

globalThis.onmessage = ({ data }: MessageEvent<'stop' | Parameters<typeof train>>) => {
  if (data === 'stop') stop.abort();
  else train(...data).catch(reportError); // reaches the page's worker.onerror
};
