import { assertTensor } from '../assert-tensor.ts';
import { inferShape, type Shape } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Returns `x` with another shape over the same memory; one length may be -1 and is computed.
 *
 * Gradient: `dx = reshape(dy, shape of x)`.
 *
 * @throws {@link ShapeError} when the number of elements would change
 *
 * @example
 * ```ts
 * import { reshape, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(reshape(tensor([1, 2, 3, 4, 5, 6]), [2, -1]).shape.join(' x ')); // => 2 x 3
 * ```
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  assertTensor('reshape', 'x', x);
  const source = x.shape;
  const target = inferShape('reshape', x.size, shape, source);
  return op({
    name: 'reshape',
    inputs: [x],
    forward: (_, { handle, dtype }) => ({ handle, shape: target, dtype }),
    gradients: [(dy) => reshape(dy, source)],
  });
}
