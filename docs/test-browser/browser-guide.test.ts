// The programs of the browser guide: a page, and a worker that trains for it.
import { memory } from '@lstm/core';
import { createSequences } from '@lstm/data';
import { afterEach, expect, it, vi } from 'vitest';
import { download, forecast, keep, kept, train } from './browser-guide/page.ts';

const wave = Array.from({ length: 60 }, (_, i) => Math.sin(i / 4));
const { x, y } = createSequences(wave, 10);
const sequence = wave.slice(0, 10).map((value) => [value]);

afterEach(() => {
  vi.unstubAllGlobals();
});

it('trains in a worker, keeps the file, loads it and predicts in the page', async () => {
  const told: string[] = [];
  const bytes = await train([x, y], 3, new AbortController().signal, (text) => told.push(text));
  expect(told.length).toBe(3);
  expect(told[0]).toMatch(/^epoch 1: off by 0\.\d+$/);
  await keep('wave.safetensors', bytes);
  expect(await kept('wave.safetensors')).toEqual(bytes);
  const url = URL.createObjectURL(new Blob([bytes]));
  expect(Math.abs(await forecast(await download(url), sequence))).toBeLessThan(2);
  URL.revokeObjectURL(url);
  expect(memory().tensors).toBe(0);
});

it.each(['at once', 'after an epoch'])('ends %s when it is told to, with the weights so far', async (when) => {
  const stop = new AbortController();
  const training = train([x, y], 1_000_000, stop.signal, () => stop.abort());
  if (when === 'at once') stop.abort();
  expect(Math.abs(await forecast(await training, sequence))).toBeLessThan(2);
});

it('takes no page that says 404 for a model', async () => {
  vi.stubGlobal('fetch', async () => new Response('<!doctype html>', { status: 404, statusText: 'Not Found' }));
  await expect(download('/model.safetensors')).rejects.toThrow('/model.safetensors: 404 Not Found');
});
