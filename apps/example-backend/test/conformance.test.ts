import { describeConformance } from '@lstm/testing/vitest';
import { expect, it } from 'vitest';
import { exampleBackend } from '../src/index.ts';

describeConformance('example', exampleBackend);

it('refuses a buffer that was freed', () => {
  const backend = exampleBackend();
  const view = backend.upload(Float32Array.of(1), [1]);
  backend.free(view.handle);
  expect(() => backend.kernels.unary('neg', view)).toThrow('used after free');
});
