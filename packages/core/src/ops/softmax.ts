import { assertFloat } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { tidy } from '../scope.ts';
import { normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { AxisOptions } from './concat.ts';
import { exp } from './exp.ts';
import { logSoftmax } from './log-softmax.ts';

/**
 * Returns `e^x / Σ e^x` along `axis` (default the last): positive numbers that sum to 1. Stable for large inputs.
 *
 * Gradient: `dx = y · (dy − Σ dy · y)`.
 *
 * @throws {@link DTypeError} for int32, {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { softmax, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await softmax(tensor([1000, 1000])).data()); // => Float32Array(2) [ 0.5, 0.5 ]
 * ```
 */
export function softmax(x: Tensor, options: AxisOptions = {}): Tensor {
  checkOptions('softmax', options, ['axis']);
  assertFloat('softmax', 'x', x.dtype);
  const axis = normalizeAxis('softmax', options.axis ?? -1, x.rank);
  return tidy(() => exp(logSoftmax(x, { axis })));
}
