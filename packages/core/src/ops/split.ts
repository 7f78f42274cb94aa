import { assertTensor } from '../assert-tensor.ts';
import { OptionError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { checkNumbers, formatShape, normalizeAxis } from '../shape.ts';
import { multiOp } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { type AxisOptions, concat } from './concat.ts';

/**
 * Returns the parts of `x` along `axis` (default 0).
 *
 * Gradient: one `concat` of all output gradients.
 *
 * @param sizes - how many equal parts, or the length of each
 * @throws {@link OptionError} when the parts do not add up to the length of the axis
 *
 * @example
 * ```ts
 * import { split, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const [left, right] = split(tensor([[1, 2, 3, 4]]), 2, { axis: 1 });
 * console.log(await right?.data()); // => Float32Array(2) [ 3, 4 ]
 * console.log(left?.shape); // => [ 1, 2 ]
 * ```
 */
export function split(x: Tensor, sizes: number | readonly number[], options: AxisOptions = {}): Tensor[] {
  checkOptions('split', options, ['axis']);
  assertTensor('split', 'x', x);
  const axis = normalizeAxis('split', options.axis ?? 0, x.rank);
  const { shape } = x;
  const length = shape[axis] as number;
  const lengths = typeof sizes === 'number' ? Array.from({ length: sizes }, () => length / sizes) : sizes;
  checkNumbers('split', 'sizes', lengths);
  const whole = lengths.every((each) => Number.isInteger(each) && each >= 0);
  if (!whole || lengths.reduce((total, each) => total + each, 0) !== length) {
    throw new OptionError(
      'split',
      `sizes is ${typeof sizes === 'number' ? sizes : formatShape(sizes)}, axis ${axis} of x ${formatShape(shape)} has length ${length}.`,
      'Parts have whole lengths that add up to the length of the axis.',
      'Give the length of each part, for example [1, 2].',
    );
  }
  let end = 0;
  const starts = lengths.map((each) => {
    end += each;
    return end - each;
  });
  const begin = shape.map(() => 0);
  return multiOp({
    name: 'split',
    inputs: [x],
    forward: (kernels, view) =>
      lengths.map((each, i) => kernels.slice(view, begin.with(axis, starts[i] as number), shape.with(axis, each))),
    gradients: [(dys) => concat(dys, { axis })],
  });
}
