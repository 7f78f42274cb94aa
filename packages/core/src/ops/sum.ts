import { assertTensor } from '../assert-tensor.ts';
import { checkOptions } from '../options.ts';
import { keepAxes, normalizeAxes } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { expand } from './expand.ts';
import { reshape } from './reshape.ts';

/** Options of a reduction. */
export interface ReduceOptions {
  /** Axes to reduce, negative from the end. Default all. */
  readonly axes?: number | readonly number[];
  /** Keep the reduced axes with length 1. Default false. */
  readonly keepAxes?: boolean;
}

/** @internal Checked axes, and the result's shape with the reduced axes kept and as asked for. */
export function reduction(
  where: string,
  x: Tensor,
  options: ReduceOptions,
): { axes: number[]; kept: number[]; shape: number[] } {
  assertTensor(where, 'x', x);
  checkOptions(where, options, ['axes', 'keepAxes']);
  const axes = normalizeAxes(where, options.axes, x.rank);
  const kept = keepAxes(x.shape, axes);
  return { axes, kept, shape: options.keepAxes === true ? kept : x.shape.filter((_, axis) => !axes.includes(axis)) };
}

/**
 * Returns the sum over `axes`; the empty sum is 0.
 *
 * Gradient: `dx = dy` repeated along the reduced axes.
 *
 * @throws {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { sum, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log((await sum(tensor([[1, 2], [3, 4]]), { axes: 0 }).data()).join(' ')); // => 4 6
 * ```
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes, kept, shape } = reduction('sum', x, options);
  const source = x.shape;
  const total = op({
    name: 'sum',
    inputs: [x],
    forward: (kernels, view) => kernels.reduce('sum', view, axes),
    gradients: [(dy) => expand(dy, source)],
  });
  return shape.length === kept.length ? total : reshape(total, shape);
}
