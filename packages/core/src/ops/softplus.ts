import { assertFloat } from '../dtype.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { abs } from './abs.ts';
import { add } from './add.ts';
import { exp } from './exp.ts';
import { log1p } from './log1p.ts';
import { maximum } from './maximum.ts';
import { neg } from './neg.ts';

/**
 * Returns `log(1 + eˣ)`. Stable for large inputs.
 *
 * Gradient: `dx = dy · sigmoid(x)`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { softplus, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log((await softplus(tensor([0])).item()).toFixed(4)); // => 0.6931
 * ```
 */
export function softplus(x: Tensor): Tensor {
  assertFloat('softplus', 'x', x.dtype);
  // maximum, not relu: its slope of a half at 0 is the right one.
  return tidy(() => add(maximum(x, 0), log1p(exp(neg(abs(x))))));
}
