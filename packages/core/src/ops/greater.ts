import type { TensorLike } from '../create.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { operands } from './broadcast.ts';

/**
 * Returns 1 where `a > b`, else 0, broadcast together; in the dtype of the inputs, float32 for int32. Not differentiable.
 *
 * @throws {@link ShapeError} when the shapes do not broadcast, {@link DTypeError} when the dtypes differ
 *
 * @example
 * ```ts
 * import { greater, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await greater(tensor([1, 2, 3]), 2).data()); // => Float32Array(3) [ 0, 0, 1 ]
 * ```
 */
export function greater(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = operands('greater', a, b);
  return op({
    name: 'greater',
    inputs: [left, right],
    forward: (kernels, x, y) => kernels.binary('less', y, x),
    gradients: [undefined, undefined],
  });
}
