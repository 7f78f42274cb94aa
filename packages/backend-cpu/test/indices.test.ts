import { cast, gather, mul, sparseCategoricalCrossentropy, tensor } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { nativeBackend } from './native.ts';

describe('what is no index', () => {
  it('from the host is refused at the call', () => {
    const backend = nativeBackend();
    const prediction = tensor([[0.5, 0.5]], { backend });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, 0.5]) {
      expect(() => sparseCategoricalCrossentropy(prediction, tensor([value], { backend }))).toThrow(
        `[sparseCategoricalCrossentropy] the label at [0] of [1] is ${value}.`,
      );
    }
    backend.dispose();
  });

  it('from the device becomes an index that no table has, and extremes of int32 stay', async () => {
    const backend = nativeBackend();
    const values = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 32,
      2 ** 31,
      -(2 ** 31) - 256,
      -(2 ** 31),
      2 ** 31 - 128,
      -1.9,
    ];
    const found = cast(mul(tensor(values, { backend }), 1), 'int32');
    const lowest = -(2 ** 31);
    expect([...(await found.data())]).toEqual([...Array(6).fill(lowest), 2 ** 31 - 128, -1]);
    await expect(gather(tensor([1, 2], { backend }), found).data()).rejects.toThrow(
      'index -2147483648 at flat position 0',
    );
    backend.dispose();
  });
});
