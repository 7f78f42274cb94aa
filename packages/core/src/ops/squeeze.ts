import { assertTensor } from '../assert-tensor.ts';
import { ShapeError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { formatShape, normalizeAxes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './reshape.ts';

/** Options of {@link squeeze}. */
export interface SqueezeOptions {
  /** Axes of length 1 to drop, negative from the end. Default all such axes. */
  readonly axes?: number | readonly number[];
}

/**
 * Returns `x` without axes of length 1.
 *
 * Gradient: `dx = dy` in the shape of `x`.
 *
 * @throws {@link ShapeError} when a named axis has another length, {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { squeeze, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(squeeze(tensor([[1], [2]])).shape); // => [ 2 ]
 * ```
 */
export function squeeze(x: Tensor, options: SqueezeOptions = {}): Tensor {
  assertTensor('squeeze', 'x', x);
  checkOptions('squeeze', options, ['axes']);
  const single = x.shape.flatMap((length, axis) => (length === 1 ? [axis] : []));
  const axes = options.axes === undefined ? single : normalizeAxes('squeeze', options.axes, x.rank);
  const wrong = axes.find((axis) => x.shape[axis] !== 1);
  if (wrong !== undefined) {
    throw new ShapeError(
      'squeeze',
      `axis ${wrong} of x ${formatShape(x.shape)} has length ${x.shape[wrong]}.`,
      'Only axes of length 1 can be dropped.',
      'Take one element along it with slice, or reduce it.',
    );
  }
  return reshape(
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  );
}
