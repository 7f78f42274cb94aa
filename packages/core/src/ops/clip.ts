import { assertTensor } from '../assert-tensor.ts';
import { OptionError } from '../errors.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { less } from './less.ts';
import { where } from './where.ts';

/**
 * Returns `x` held within `[minimum, maximum]`; NaN stays NaN.
 *
 * Gradient: `dx = dy` where `minimum ≤ x ≤ maximum`, else 0.
 *
 * @throws {@link OptionError} when the minimum is above the maximum
 *
 * @example
 * ```ts
 * import { clip, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await clip(tensor([-2, 0.5, 7]), -1, 1).data()); // => Float32Array(3) [ -1, 0.5, 1 ]
 * ```
 */
export function clip(x: Tensor, minimum: number, maximum: number): Tensor {
  assertTensor('clip', 'x', x);
  if (!(minimum <= maximum)) {
    throw new OptionError(
      'clip',
      `minimum is ${minimum}, maximum is ${maximum}.`,
      'The minimum is not above the maximum.',
      'Swap them.',
    );
  }
  return tidy(() => where(less(x, minimum), minimum, where(less(maximum, x), maximum, x)));
}
