import { assertFloat } from '../assert-tensor.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { mul } from './mul.ts';
import { sigmoid } from './sigmoid.ts';

/**
 * Returns `x · sigmoid(x)`, also called swish (Elfwing et al. 2018).
 *
 * Gradient: `dx = dy · (s + x · s · (1 − s))` with `s = sigmoid(x)`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { silu, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await silu(tensor([0])).item()); // => 0
 * ```
 */
export function silu(x: Tensor): Tensor {
  assertFloat('silu', 'x', x);
  return tidy(() => mul(x, sigmoid(x)));
}
