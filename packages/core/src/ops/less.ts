import type { TensorLike } from '../create.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { operands } from './broadcast.ts';

/**
 * Returns 1 where `a < b`, else 0, broadcast together; in the dtype of the inputs, float32 for int32. Not differentiable.
 *
 * @throws {@link ShapeError} when the shapes do not broadcast, {@link DTypeError} when the dtypes differ
 *
 * @example
 * ```ts
 * import { less, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await less(tensor([1, 2, 3]), 2).data()); // => Float32Array(3) [ 1, 0, 0 ]
 * ```
 */
export function less(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = operands('less', a, b);
  return op({
    name: 'less',
    inputs: [left, right],
    forward: (kernels, x, y) => kernels.binary('less', x, y),
    gradients: [undefined, undefined],
  });
}
