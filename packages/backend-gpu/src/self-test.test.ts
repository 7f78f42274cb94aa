import type { Backend, Kernels, View } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { expect, it } from 'vitest';
import { selfTest } from './self-test.ts';

function withKernels(change: (kernels: Kernels) => Partial<Kernels>): Backend {
  const backend = reference();
  return { ...backend, kernels: { ...backend.kernels, ...change(backend.kernels) } };
}

it('passes float32 arithmetic', async () => {
  await expect(selfTest(reference())).resolves.toBeUndefined();
});

it('tells what is wrong with a device', async () => {
  const rounded = withKernels((kernels) => ({
    binary: (kind, a, b) => {
      const result = kernels.binary(kind, a, b);
      return kind === 'add' && a.shape[0] === 4 ? kernels.unary('floor', result) : result;
    },
  }));
  await expect(selfTest(rounded)).rejects.toThrow('numbers have fewer digits than float32');
  const overflowing = withKernels((kernels) => ({
    unary: (kind, x) => (kind === 'tanh' ? kernels.binary('div', x, x) : kernels.unary(kind, x)),
  }));
  await expect(selfTest(overflowing)).rejects.toThrow('tanh overflows');
  const mixed = withKernels(() => ({ flip: (x: View) => x }));
  await expect(selfTest(mixed)).rejects.toThrow('rows of a texture are mixed up');
});
