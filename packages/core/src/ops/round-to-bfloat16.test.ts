import { describe, expect, it } from 'vitest';
import type { Backend } from '../backend/types.ts';
import { tensor } from '../create.ts';
import { reference } from '../reference/index.ts';
import { roundToBfloat16 } from './round-to-bfloat16.ts';

const backend = reference();
// What torch.tensor(x).bfloat16().float() gives, PyTorch 2.13. The two rows of ties round to even, up and down.
const rounded: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 1],
  [1.00390625, 1],
  [1.01171875, 1.015625],
  [-1.00390625, -1],
  [3.14159274, 3.140625],
  [65504, 65536],
  [1e-3, 0.00099945068359375],
  [-123.456, -123.5],
  [Infinity, Infinity],
];

describe('roundToBfloat16', () => {
  const x = rounded.map(([value]) => value);
  const wanted = rounded.map(([, value]) => value);

  it('is what PyTorch converts to', () => {
    expect([...roundToBfloat16(tensor(x, { backend })).dataSync()]).toEqual(wanted);
    expect([...roundToBfloat16(tensor([Number.NaN], { backend })).dataSync()]).toEqual([Number.NaN]);
  });

  it('is the same on a backend without the kernel, but for ties and infinity', () => {
    const { roundToBfloat16: _, ...kernels } = backend.kernels;
    const plain = { ...backend, kernels };
    const some = [0, 1, 5, 6, 7, 8];
    const pick = (values: readonly number[]): number[] => some.map((i) => values[i] as number);
    for (const dtype of ['float32', 'float64'] as const) {
      expect([...roundToBfloat16(tensor(pick(x), { backend: plain, dtype })).dataSync()]).toEqual(pick(wanted));
    }
  });

  it('calls the kernel of its backend, which may be a method', () => {
    const methods: Backend = {
      ...backend,
      kernels: {
        ...backend.kernels,
        roundToBfloat16(view) {
          expect(this).toBe(methods.kernels);
          return this.cast(view, view.dtype);
        },
      },
    };
    expect([...roundToBfloat16(tensor([1], { backend: methods })).dataSync()]).toEqual([1]);
  });

  it('passes no gradient, with the kernel and without', () => {
    const { roundToBfloat16: _, ...kernels } = backend.kernels;
    for (const on of [backend, { ...backend, kernels }]) {
      expect(roundToBfloat16(tensor([1, 2], { backend: on, requiresGrad: true })).requiresGrad).toBe(false);
    }
  });

  it('takes no integers', () => {
    expect(() => roundToBfloat16(tensor([1], { dtype: 'int32', backend }))).toThrow('[roundToBfloat16]');
  });
});
