import { assertFloat } from '../assert-tensor.ts';
import { customGradient } from '../grad.ts';
import { checkOptions } from '../options.ts';
import { normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { AxisOptions } from './concat.ts';
import { exp } from './exp.ts';
import { log } from './log.ts';
import { max } from './max.ts';
import { mul } from './mul.ts';
import { reshape } from './reshape.ts';
import { sub } from './sub.ts';
import { sum } from './sum.ts';

/**
 * Returns the logarithm of {@link softmax} along `axis` (default the last), `x − log Σ e^x`. Stable for large inputs.
 *
 * Gradient: `dx = dy − softmax(x) · Σ dy`.
 *
 * @throws {@link DTypeError} for int32, {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { logSoftmax, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await logSoftmax(tensor([0, -1000])).data()); // => Float32Array(2) [ 0, -1000 ]
 * ```
 */
export function logSoftmax(x: Tensor, options: AxisOptions = {}): Tensor {
  checkOptions('logSoftmax', options, ['axis']);
  assertFloat('logSoftmax', 'x', x);
  const axis = normalizeAxis('logSoftmax', options.axis ?? -1, x.rank);
  if (x.size === 0) return reshape(x, x.shape);
  const along = { axes: axis, keepAxes: true };
  const [y] = customGradient({
    name: 'logSoftmax',
    inputs: [x],
    forward: (input) => {
      const shifted = sub(input, max(input, along));
      return sub(shifted, log(sum(exp(shifted), along)));
    },
    backward: ([dy], saved) => [dy && sub(dy, mul(exp(saved.output()), sum(dy, along)))],
  });
  return y as Tensor;
}
