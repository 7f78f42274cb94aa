// What a browser tells of a worker, which is not what Node tells.
import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, sequential } from '@lstm/layers';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { compile, fitInWorker, type Trainer } from '../src/index.ts';

let worker: Worker;

beforeAll(async () => {
  await useBackend(reference());
});

afterEach(() => worker.terminate());

const trainer = (): Trainer =>
  compile(sequential([dense({ units: 1, inputShape: [1] })]), { optimizer: 'sgd', loss: 'mse' });

function start(program: string): Worker {
  const url = URL.createObjectURL(new Blob([program], { type: 'text/javascript' }));
  worker = new Worker(url, { type: 'module' });
  return worker;
}

it('trains in a module worker that awaits before it listens', async () => {
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const model = trainer();
  const epochs: number[] = [];
  const found = await fitInWorker(model, worker, [[0], [1]], [1, 3], {
    epochs: 3,
    onEpochEnd: (epoch) => epochs.push(epoch),
  });
  const here = trainer();
  expect(found).toEqual(await here.fit([[0], [1]], [1, 3], { epochs: 3 }));
  expect((await model.predict([[2]])).data).toEqual((await here.predict([[2]])).data);
  expect(epochs).toEqual([0, 1, 2]);
});

it('rejects with what a worker reports', async () => {
  const failed = fitInWorker(trainer(), start('Promise.reject(new Error("no device")).catch(reportError)'), [[0]], [1]);
  await expect(failed).rejects.toThrow('[fitInWorker] the worker failed (Uncaught Error: no device).');
});

it('rejects when a worker cannot be loaded', async () => {
  worker = new Worker('/no-such-worker.js?raw', { type: 'module' });
  await expect(fitInWorker(trainer(), worker, [[0]], [1])).rejects.toThrow(
    '[fitInWorker] the worker could not be started.',
  );
});

it('is not ended by an error that does not end the worker', async () => {
  worker = new Worker(new URL('./worker.ts?stray', import.meta.url), { type: 'module' });
  worker.addEventListener('error', (event) => event.preventDefault());
  const { reason } = await fitInWorker(trainer(), worker, [[0], [1]], [1, 3], {
    epochs: 1e9,
    signal: AbortSignal.timeout(1000),
  });
  expect(reason).toBe('aborted');
});

it('is ended by the signal where the worker was terminated before it was ready', async () => {
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const model = trainer();
  const ended = fitInWorker(model, worker, [[0], [1]], [1, 3], { signal: AbortSignal.timeout(500) });
  worker.terminate();
  expect((await ended).reason).toBe('aborted');
  expect((await model.fit([[0], [1]], [1, 3])).reason).toBe('finished');
});

it.each([
  ['is terminated', (each: Worker) => each.terminate()],
  ['closes', (each: Worker) => each.postMessage('close')],
])('rejects when the worker %s during training', async (_, end) => {
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const model = trainer();
  const failed = fitInWorker(model, worker, [[0], [1]], [1, 3], {
    epochs: 1e9,
    onEpochEnd: () => end(worker),
  });
  await expect(failed).rejects.toThrow('[fitInWorker] the worker ended.');
  await expect(fitInWorker(model, worker, [[0]], [1])).rejects.toThrow('[fitInWorker] the worker ended.');
  expect((await model.fit([[0], [1]], [1, 3])).reason).toBe('finished');
});
