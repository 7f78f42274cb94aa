import { gather, tensor } from '@lstm/core';
import { describeConformance } from '@lstm/testing/vitest';
import { expect, it } from 'vitest';
import { exampleBackend } from '../src/index.ts';

describeConformance('example', exampleBackend);

it('refuses a row that a table does not have', () => {
  const backend = exampleBackend();
  const table = tensor([[1], [2]], { backend });
  expect(() => gather(table, tensor([2], { dtype: 'int32', backend }))).toThrow('index 2 is out of range');
});

it('refuses a buffer that was freed', () => {
  const backend = exampleBackend();
  const view = backend.upload(Float32Array.of(1), [1]);
  backend.free(view.handle);
  expect(() => backend.kernels.unary('neg', view)).toThrow('used after free');
});
