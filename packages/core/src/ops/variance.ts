import { assertFloat } from '../assert-tensor.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { mean } from './mean.ts';
import { square } from './square.ts';
import { sub } from './sub.ts';
import { type ReduceOptions, reduction } from './sum.ts';

/**
 * Returns the mean squared distance from the mean over `axes` (divided by the count, as in layer normalization).
 *
 * Gradient: `dx = dy · 2 (x − mean) / count`.
 *
 * @throws {@link DTypeError} for int32, {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { tensor, useBackend, variance } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await variance(tensor([1, 3])).item()); // => 1
 * ```
 */
export function variance(x: Tensor, options: ReduceOptions = {}): Tensor {
  assertFloat('variance', 'x', x);
  const { axes } = reduction('variance', x, options);
  return tidy(() => mean(square(sub(x, mean(x, { axes, keepAxes: true }))), options));
}
