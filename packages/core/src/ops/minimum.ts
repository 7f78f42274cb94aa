import type { TensorLike } from '../create.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { operands, sumTo } from './broadcast.ts';
import { equal } from './equal.ts';
import { less } from './less.ts';
import { operandPart } from './maximum.ts';

/**
 * Returns the smaller of `a` and `b`, broadcast together; NaN where one is.
 *
 * Gradient: `dy` goes to the smaller one, a half to each where they are equal; summed where broadcast.
 *
 * @throws {@link ShapeError} when the shapes do not broadcast, {@link DTypeError} when the dtypes differ
 *
 * @example
 * ```ts
 * import { minimum, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await minimum(tensor([1, 5]), 3).data()); // => Float32Array(2) [ 1, 3 ]
 * ```
 */
export function minimum(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = operands('minimum', a, b);
  const [leftShape, rightShape] = [left.shape, right.shape];
  return op({
    name: 'minimum',
    inputs: [left, right],
    keep: { inputs: [0, 1] },
    forward: (kernels, x, y) => kernels.binary('min', x, y),
    gradients: [
      (dy, saved) =>
        sumTo(operandPart(dy, less(saved.input(0), saved.input(1)), equal(saved.input(0), saved.input(1))), leftShape),
      (dy, saved) =>
        sumTo(operandPart(dy, less(saved.input(1), saved.input(0)), equal(saved.input(0), saved.input(1))), rightShape),
    ],
  });
}
