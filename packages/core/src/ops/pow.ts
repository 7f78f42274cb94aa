import { assertFloat } from '../assert-tensor.ts';
import type { TensorLike } from '../create.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { operands, sumTo } from './broadcast.ts';
import { equal } from './equal.ts';
import { less } from './less.ts';
import { log } from './log.ts';
import { mul } from './mul.ts';
import { sub } from './sub.ts';
import { where } from './where.ts';

/**
 * Returns `a` to the power of `b`, broadcast together; NaN for a negative `a` and a fractional `b`.
 *
 * Gradient: `da = dy · b · a^(b − 1)`, 0 where both are 0; `db = dy · y · log a`, 0 where `a ≤ 0`; summed where broadcast.
 *
 * @throws {@link ShapeError} when the shapes do not broadcast, {@link DTypeError} for int32 or when the dtypes differ
 *
 * @example
 * ```ts
 * import { pow, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await pow(tensor([2, 3]), 3).data()); // => Float32Array(2) [ 8, 27 ]
 * ```
 */
export function pow(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = operands('pow', a, b);
  assertFloat('pow', 'a', left);
  const [leftShape, rightShape] = [left.shape, right.shape];
  return op({
    name: 'pow',
    inputs: [left, right],
    keep: { inputs: [0, 1], outputs: true },
    forward: (kernels, x, y) => kernels.binary('pow', x, y),
    gradients: [
      (dy, saved) => {
        const [x, y] = [saved.input(0), saved.input(1)];
        // 0 · 0^(0 − 1) would be 0 · ∞.
        const power = where(mul(equal(x, 0), equal(y, 0)), 1, y);
        return sumTo(mul(dy, mul(y, pow(x, sub(power, 1)))), leftShape);
      },
      (dy, saved) => {
        const x = saved.input(0);
        const positive = less(0, x);
        const slope = mul(saved.output(), log(where(positive, x, 1)));
        return sumTo(mul(dy, where(positive, slope, 0)), rightShape);
      },
    ],
  });
}
