import { assertTensor } from '../assert-tensor.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { largest } from './max.ts';
import { neg } from './neg.ts';
import type { ReduceOptions } from './sum.ts';

/**
 * Returns the smallest element over `axes`; NaN where there is one. ({@link minimum} compares two tensors.)
 *
 * Gradient: `dy` goes to the smallest element, in equal parts where several are.
 *
 * @throws {@link ShapeError} when there are no elements, {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { min, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await min(tensor([[1, 5], [7, 3]]), { axes: 1 }).data()); // => Float32Array(2) [ 1, 3 ]
 * ```
 */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  assertTensor('min', 'x', x);
  return tidy(() => neg(largest('min', neg(x), options)));
}
