// page.ts
import { type HostArray, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { loadModel } from '@lstm/io';
import { dense, lstm, sequential } from '@lstm/layers';
import { compile, fitInWorker, predict } from '@lstm/train';

/** Trains in a worker; resolves to the model's file, also where `signal` ended it. */
export async function train(
  [x, y]: readonly [HostArray, HostArray],
  epochs: number,
  signal: AbortSignal,
  onProgress: (text: string) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const network = sequential([lstm({ units: 8 }), dense({ units: 1 })]);
  const model = compile(network, { optimizer: 'adam', loss: 'mse' });
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  try {
    await fitInWorker(model, worker, x, y, {
      epochs,
      signal,
      onEpochEnd: (epoch, { mae }) => onProgress(`epoch ${epoch + 1}: off by ${mae}`),
    });
    return await model.save();
  } finally {
    worker.terminate();
    model.dispose();
  }
}

/** Keeps a file in the browser, for this site alone. */
export async function keep(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const folder = await navigator.storage.getDirectory();
  const file = await folder.getFileHandle(name, { create: true });
  const stream = await file.createWritable();
  await stream.write(bytes);
  await stream.close();
}

/** Resolves to a file that was kept. */
export async function kept(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await navigator.storage.getDirectory();
  const file = await (await folder.getFileHandle(name)).getFile();
  return new Uint8Array(await file.arrayBuffer());
}

/** Resolves to a file of the server. */
export async function download(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Resolves to what the network in a file makes of one sequence. */
export async function forecast(
  bytes: Uint8Array,
  sequence: readonly (readonly number[])[],
): Promise<number> {
  await useBackend(reference());
  const { network } = loadModel(bytes); // keep it where more is to be predicted
  const { data } = await predict(network, [sequence]);
  network.dispose();
  return data[0] ?? Number.NaN;
}
