import { assertFloat } from '../dtype.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { abs } from './abs.ts';
import { add } from './add.ts';
import { div } from './div.ts';

/**
 * Returns `x / (1 + |x|)`, in (−1, 1).
 *
 * Gradient: `dx = dy / (1 + |x|)²`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { softsign, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await softsign(tensor([1])).item()); // => 0.5
 * ```
 */
export function softsign(x: Tensor): Tensor {
  assertFloat('softsign', 'x', x.dtype);
  return tidy(() => div(x, add(1, abs(x))));
}
