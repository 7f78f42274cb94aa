import { ShapeError } from '../errors.ts';
import { formatShape, sizeOf } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { div } from './div.ts';
import { equal } from './equal.ts';
import { reshape } from './reshape.ts';
import { type ReduceOptions, reduction, sum } from './sum.ts';
import { where } from './where.ts';

/**
 * Returns the largest element over `axes`; NaN where there is one. ({@link maximum} compares two tensors.)
 *
 * Gradient: `dy` goes to the largest element, in equal parts where several are (as PyTorch's `amax`).
 *
 * @throws {@link ShapeError} when there are no elements, {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { max, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await max(tensor([[1, 5], [7, 3]]), { axes: 1 }).data()); // => Float32Array(2) [ 5, 7 ]
 * ```
 */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return largest('max', x, options);
}

/** @internal {@link max} with the name of the op that asks for it, for its errors. */
export function largest(name: string, x: Tensor, options: ReduceOptions): Tensor {
  const { axes, kept, shape } = reduction(name, x, options);
  if (x.size === 0 && sizeOf(kept) > 0) {
    throw new ShapeError(
      name,
      `x is ${formatShape(x.shape)}.`,
      'Nothing has no largest or smallest element.',
      'Check the length of the reduced axes.',
    );
  }
  const result = op({
    name: 'max',
    inputs: [x],
    keep: { inputs: [0], outputs: true },
    forward: (kernels, view) => kernels.reduce('max', view, axes),
    gradients: [
      (dy, saved) => {
        const taken = equal(saved.input(0), saved.output());
        return where(taken, div(dy, sum(taken, { axes, keepAxes: true })), 0);
      },
    ],
  });
  return shape.length === kept.length ? result : reshape(result, shape);
}
