import type { TensorLike } from '../create.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { operands, sumTo } from './broadcast.ts';
import { equal } from './equal.ts';
import { less } from './less.ts';
import { mul } from './mul.ts';
import { where } from './where.ts';

/**
 * Returns the larger of `a` and `b`, broadcast together; NaN where one is.
 *
 * Gradient: `dy` goes to the larger one, a half to each where they are equal; summed where broadcast.
 *
 * @throws {@link ShapeError} when the shapes do not broadcast, {@link DTypeError} when the dtypes differ
 *
 * @example
 * ```ts
 * import { maximum, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await maximum(tensor([1, 5]), 3).data()); // => Float32Array(2) [ 3, 5 ]
 * ```
 */
export function maximum(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = operands('maximum', a, b);
  const [leftShape, rightShape] = [left.shape, right.shape];
  return op({
    name: 'maximum',
    inputs: [left, right],
    keep: { inputs: [0, 1] },
    forward: (kernels, x, y) => kernels.binary('max', x, y),
    gradients: [
      (dy, saved) =>
        sumTo(operandPart(dy, less(saved.input(1), saved.input(0)), equal(saved.input(0), saved.input(1))), leftShape),
      (dy, saved) =>
        sumTo(operandPart(dy, less(saved.input(0), saved.input(1)), equal(saved.input(0), saved.input(1))), rightShape),
    ],
  });
}

/**
 * @internal Returns what an operand of {@link maximum} or `minimum` gets of `dy`: all of it where the operand was `taken`, half
 * where both are equal (`tied`).
 */
export function operandPart(dy: Tensor, taken: Tensor, tied: Tensor): Tensor {
  return where(taken, dy, where(tied, mul(dy, 0.5), 0));
}
