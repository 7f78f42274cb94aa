import { memory, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { forecast } from './forecast.ts';
import type { ForecastOptions } from './options.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const csv = ['sales', ...Array.from({ length: 90 }, (_, i) => (10 + Math.sin(i)).toFixed(3))].join('\n');
const small: ForecastOptions = { csv, target: 'sales', window: 4, horizon: 2, units: 2, epochs: 2, transform: 'none' };

describe('forecast', () => {
  it.each<[string, string, (abort: AbortController) => Partial<ForecastOptions>]>([
    ['aborted', 'stopped before it was done', (abort) => ({ callbacks: [{ onEpochEnd: () => abort.abort() }] })],
    [
      'broken by a callback',
      'no more',
      () => ({
        callbacks: [
          {
            onEpochEnd: () => {
              throw new Error('no more');
            },
          },
        ],
      }),
    ],
    [
      'broken in a trial',
      'no log',
      () => ({
        transform: 'auto',
        log: (line) => {
          if (line.includes('validation MAE')) throw new Error('no log');
        },
      }),
    ],
  ])('leaves nothing in memory when it is %s', async (_, message, change) => {
    const before = memory();
    const abort = new AbortController();
    await expect(forecast({ ...small, signal: abort.signal, ...change(abort) })).rejects.toThrow(message);
    expect(memory()).toEqual(before);
  });

  it('keeps the weights of the network alone', async () => {
    const before = memory().storages;
    const { network } = await forecast(small);
    expect(memory().storages - before).toBe(network.parameters.length);
    network.dispose();
  });
});
