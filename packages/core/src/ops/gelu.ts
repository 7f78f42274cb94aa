import { assertFloat } from '../assert-tensor.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './add.ts';
import { erf } from './erf.ts';
import { mul } from './mul.ts';

/**
 * Returns `x · Φ(x)` with the normal distribution function Φ, exact by the error function (Hendrycks & Gimpel 2016).
 *
 * Gradient: `dx = dy · (Φ(x) + x · φ(x))`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { gelu, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await gelu(tensor([0])).item()); // => 0
 * ```
 */
export function gelu(x: Tensor): Tensor {
  assertFloat('gelu', 'x', x);
  return tidy(() => mul(mul(x, 0.5), add(1, erf(mul(x, Math.SQRT1_2)))));
}
