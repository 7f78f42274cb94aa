import type { TensorLike } from '../create.ts';
import { tidy } from '../scope.ts';
import { commonBackend } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { operands } from './broadcast.ts';
import { equal } from './equal.ts';
import { sub } from './sub.ts';

/**
 * Returns 1 where `a ≠ b`, else 0, broadcast together; in the dtype of the inputs, float32 for int32. Not differentiable.
 *
 * @throws {@link ShapeError} when the shapes do not broadcast, {@link DTypeError} when the dtypes differ
 *
 * @example
 * ```ts
 * import { notEqual, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await notEqual(tensor([1, 2, 3]), 2).data()); // => Float32Array(3) [ 1, 0, 1 ]
 * ```
 */
export function notEqual(a: TensorLike, b: TensorLike): Tensor {
  return tidy(() => {
    const [left, right] = operands('notEqual', a, b);
    commonBackend('notEqual', [left, right]);
    return sub(1, equal(left, right));
  });
}
