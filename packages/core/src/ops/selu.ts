import { assertFloat } from '../assert-tensor.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { elu } from './elu.ts';
import { mul } from './mul.ts';

const alpha = 1.6732632423543772;
const scale = 1.0507009873554805;

/**
 * Returns the self-normalizing unit `scale · elu(x, alpha)` with the constants of Klambauer et al. 2017.
 *
 * Gradient: `dx = dy · scale`, times `alpha · eˣ` where `x ≤ 0`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { selu, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log((await selu(tensor([1])).item()).toFixed(4)); // => 1.0507
 * ```
 */
export function selu(x: Tensor): Tensor {
  assertFloat('selu', 'x', x);
  return tidy(() => mul(scale, elu(x, { alpha })));
}
