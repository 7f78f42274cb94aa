import { assertFloat } from '../assert-tensor.ts';
import { customGradient } from '../grad.ts';
import { checkOptions } from '../options.ts';
import { normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { AxisOptions } from './concat.ts';
import { div } from './div.ts';
import { exp } from './exp.ts';
import { max } from './max.ts';
import { mul } from './mul.ts';
import { reshape } from './reshape.ts';
import { sub } from './sub.ts';
import { sum } from './sum.ts';

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
  assertFloat('softmax', 'x', x);
  const axis = normalizeAxis('softmax', options.axis ?? -1, x.rank);
  if (x.size === 0) return reshape(x, x.shape);
  const along = { axes: axis, keepAxes: true };
  const [y] = customGradient({
    name: 'softmax',
    inputs: [x],
    forward: (input) => {
      const powers = exp(sub(input, max(input, along)));
      return div(powers, sum(powers, along));
    },
    backward: ([dy], saved) => {
      const output = saved.output();
      return [dy && mul(output, sub(dy, sum(mul(dy, output), along)))];
    },
  });
  return y as Tensor;
}
