import { bernoulli, philoxKey, type RandomKey, type View } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { nativeBackend } from './native.ts';

describe('dropout bits', () => {
  const key = (step: number): RandomKey => ({ seed: 7, name: 'lstm/dropout', step });
  const rows: [number, number, number][] = [
    [0, 0.5, 0],
    [1, 0.5, 1],
    [7, 0.2, 3],
    [4096, 0, 5],
    [100_001, 0.999, 2 ** 32 + 3],
    [300_002, 0.3, Number.MAX_SAFE_INTEGER],
  ];
  it.each(rows)("are core's bit for bit: %i at a rate of %d in step %i", async (count, rate, step) => {
    const backend = nativeBackend({ threads: 3 });
    const { seed, name } = key(step);
    const view = backend.kernels.bernoulli?.([count], rate, { key: philoxKey(seed, name), step }) as View;
    expect(view).toMatchObject({ shape: [count], dtype: 'float32' });
    expect(await backend.read(view)).toEqual(bernoulli(count, rate, key(step)));
    backend.dispose();
  });
});
