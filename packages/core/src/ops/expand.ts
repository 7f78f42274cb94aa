import { assertTensor } from '../assert-tensor.ts';
import { full } from '../create.ts';
import { ShapeError } from '../errors.ts';
import { broadcastShapes, checkShape, formatShape, type Shape, sameShape } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { sumTo } from './broadcast.ts';
import { reshape } from './reshape.ts';

/**
 * Returns `x` repeated to `shape` by broadcasting: axes align from the last one, an axis of length 1 stretches.
 *
 * Gradient: `dx = dy` summed over the repeated axes.
 *
 * @throws {@link ShapeError} when `x` does not broadcast to `shape`
 *
 * @example
 * ```ts
 * import { expand, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log((await expand(tensor([1, 2]), [2, 2]).data()).join(' ')); // => 1 2 1 2
 * ```
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  assertTensor('expand', 'x', x);
  checkShape('expand', shape);
  if (sameShape(x.shape, shape)) return reshape(x, shape);
  if (!sameShape(broadcastShapes('expand', x.shape, shape), shape)) {
    throw new ShapeError(
      'expand',
      `x is ${formatShape(x.shape)}, shape is ${formatShape(shape)}.`,
      'Only axes of length 1 stretch.',
      'Choose a shape that x broadcasts to.',
    );
  }
  const source = x.shape;
  const ones = full(shape, 1, { dtype: x.dtype, backend: x.backend });
  return op({
    name: 'expand',
    inputs: [x, ones],
    forward: (kernels, view, one) => kernels.binary('mul', view, one),
    gradients: [(dy) => sumTo(dy, source), undefined],
  });
}

/** @internal Like {@link expand}, but `x` itself where it has that shape: for what is not returned. */
export function stretched(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : expand(x, shape);
}
