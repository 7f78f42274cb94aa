import { assertFloat } from '../dtype.ts';
import { stopGradient } from '../grad.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { abs } from './abs.ts';
import { add } from './add.ts';
import { equal } from './equal.ts';
import { exp } from './exp.ts';
import { log } from './log.ts';
import { max } from './max.ts';
import { reshape } from './reshape.ts';
import { sub } from './sub.ts';
import { type ReduceOptions, reduction, sum } from './sum.ts';
import { where } from './where.ts';

/**
 * Returns `log Σ e^x` over `axes`. Stable for large inputs; −∞ where all inputs are.
 *
 * Gradient: `dx = dy · e^(x − y)`.
 *
 * @throws {@link DTypeError} for int32, {@link ShapeError} when there are no elements, {@link OptionError} for an axis outside
 *   the rank
 *
 * @example
 * ```ts
 * import { logSumExp, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log((await logSumExp(tensor([1000, 1000])).item()).toFixed(2)); // => 1000.69
 * ```
 */
export function logSumExp(x: Tensor, options: ReduceOptions = {}): Tensor {
  assertFloat('logSumExp', 'x', x.dtype);
  const { axes, shape } = reduction('logSumExp', x, options);
  return tidy(() => {
    const largest = max(stopGradient(x), { axes, keepAxes: true });
    // ∞ − ∞ would be NaN.
    const shift = where(equal(abs(largest), Number.POSITIVE_INFINITY), 0, largest);
    const total = log(sum(exp(sub(x, shift)), { axes, keepAxes: true }));
    return reshape(add(total, shift), shape);
  });
}
