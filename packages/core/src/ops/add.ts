import type { TensorLike } from '../create.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { operands, sumTo } from './broadcast.ts';

/**
 * Returns `a + b`, broadcast together.
 *
 * Gradient: `da = dy`, `db = dy`, summed where broadcast.
 *
 * @throws {@link ShapeError} when the shapes do not broadcast, {@link DTypeError} when the dtypes differ
 *
 * @example
 * ```ts
 * import { add, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log((await add(tensor([1, 2]), tensor([10, 20])).data()).join(' ')); // => 11 22
 * ```
 */
export function add(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = operands('add', a, b);
  const [leftShape, rightShape] = [left.shape, right.shape];
  return op({
    name: 'add',
    inputs: [left, right],
    forward: (kernels, x, y) => kernels.binary('add', x, y),
    gradients: [(dy) => sumTo(dy, leftShape), (dy) => sumTo(dy, rightShape)],
  });
}
