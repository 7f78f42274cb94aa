import { expect, it } from 'vitest';

// The worker is the example of the README.
it('trains in a worker', async () => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const losses = await new Promise<readonly number[]>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data as readonly number[]);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  worker.terminate();
  expect(losses.length).toBe(3);
  expect(losses[2]).toBeLessThan(losses[0] as number);
});
