import { assertFloat } from '../assert-tensor.ts';
import { tidy } from '../scope.ts';
import { sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { div } from './div.ts';
import { type ReduceOptions, reduction, sum } from './sum.ts';

/**
 * Returns the mean over `axes`; NaN when there is nothing to average.
 *
 * Gradient: `dx = dy / count` repeated along the reduced axes.
 *
 * @throws {@link DTypeError} for int32, {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { mean, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await mean(tensor([[1, 2], [3, 6]]), { axes: 1 }).data()); // => Float32Array(2) [ 1.5, 4.5 ]
 * ```
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  assertFloat('mean', 'x', x);
  reduction('mean', x, options);
  return tidy(() => {
    const total = sum(x, options);
    return total.size === 0 ? total : div(total, sizeOf(x.shape) / total.size);
  });
}
