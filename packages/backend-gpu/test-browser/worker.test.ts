import { expect, it } from 'vitest';

it('trains in a worker', async () => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const { losses, error } = await new Promise<{ losses?: readonly number[]; error?: string }>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data as { losses?: readonly number[] });
    worker.onerror = ({ message }) => resolve({ error: message });
  });
  worker.terminate();
  expect(error).toBe(undefined);
  expect(losses?.length).toBe(3);
  expect(losses?.[2]).toBeLessThan(losses?.[0] as number);
});
