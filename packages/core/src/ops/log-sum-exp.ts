import { assertFloat } from '../assert-tensor.ts';
import { customGradient } from '../grad.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { abs } from './abs.ts';
import { add } from './add.ts';
import { equal } from './equal.ts';
import { exp } from './exp.ts';
import { log } from './log.ts';
import { max } from './max.ts';
import { mul } from './mul.ts';
import { reshape } from './reshape.ts';
import { sub } from './sub.ts';
import { type ReduceOptions, reduction, sum } from './sum.ts';
import { where } from './where.ts';

/**
 * Returns `log Σ e^x` over `axes`. Stable for large inputs; −∞ where all inputs are, or where there are none.
 *
 * Gradient: `dx = dy · e^(x − y)`, 0 where all inputs are −∞.
 *
 * @throws {@link DTypeError} for int32, {@link OptionError} for an axis outside the rank
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
  assertFloat('logSumExp', 'x', x);
  const { axes, kept, shape } = reduction('logSumExp', x, options);
  if (x.size === 0) return tidy(() => log(sum(x, options)));
  const along = { axes, keepAxes: true };
  const [y] = customGradient({
    name: 'logSumExp',
    inputs: [x],
    forward: (input) => {
      const shift = finiteOrZero(max(input, along));
      return reshape(add(log(sum(exp(sub(input, shift)), along)), shift), shape);
    },
    backward: ([dy], saved) => {
      const y = reshape(saved.output(), kept);
      // Where all inputs are −∞ so is y, and −∞ + ∞ would be NaN.
      const weights = exp(sub(saved.input(0), where(equal(y, Number.NEGATIVE_INFINITY), 0, y)));
      return [dy && mul(reshape(dy, kept), weights)];
    },
  });
  return y as Tensor;
}

/** Returns `x` with 0 for ±∞: ∞ − ∞ would be NaN. */
function finiteOrZero(x: Tensor): Tensor {
  return where(equal(abs(x), Number.POSITIVE_INFINITY), 0, x);
}
