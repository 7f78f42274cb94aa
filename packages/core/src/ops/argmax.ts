import { assertTensor } from '../assert-tensor.ts';
import { ShapeError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { formatShape, normalizeAxis } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import type { AxisOptions } from './concat.ts';
import { reshape } from './reshape.ts';

/**
 * Returns the int32 index of the largest element along `axis` (default the last), the lowest among equals; the axis is
 * dropped. NaN counts as the largest. Not differentiable.
 *
 * @throws {@link ShapeError} when the axis is empty, {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { argmax, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await argmax(tensor([[1, 5], [7, 3]])).data()); // => Int32Array(2) [ 1, 0 ]
 * ```
 */
export function argmax(x: Tensor, options: AxisOptions = {}): Tensor {
  checkOptions('argmax', options, ['axis']);
  assertTensor('argmax', 'x', x);
  const axis = normalizeAxis('argmax', options.axis ?? -1, x.rank);
  if (x.shape[axis] === 0) {
    throw new ShapeError(
      'argmax',
      `x is ${formatShape(x.shape)}.`,
      `Axis ${axis} has no elements to choose from.`,
      'Check its length.',
    );
  }
  const index = op({
    name: 'argmax',
    inputs: [x],
    forward: (kernels, view) => kernels.reduce('argmax', view, [axis]),
    gradients: [undefined],
  });
  return reshape(index, x.shape.toSpliced(axis, 1));
}
