import type { TensorLike } from '../create.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { operands, sumTo } from './broadcast.ts';
import { neg } from './neg.ts';

/**
 * Returns `a − b`, broadcast together.
 *
 * Gradient: `da = dy`, `db = −dy`, summed where broadcast.
 *
 * @throws {@link ShapeError} when the shapes do not broadcast, {@link DTypeError} when the dtypes differ
 *
 * @example
 * ```ts
 * import { sub, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await sub(tensor([5, 7]), tensor([1, 2])).data()); // => Float32Array(2) [ 4, 5 ]
 * ```
 */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = operands('sub', a, b);
  const [leftShape, rightShape] = [left.shape, right.shape];
  return op({
    name: 'sub',
    inputs: [left, right],
    forward: (kernels, x, y) => kernels.binary('sub', x, y),
    gradients: [(dy) => sumTo(dy, leftShape), (dy) => neg(sumTo(dy, rightShape))],
  });
}
