import type { Tensor } from '../tensor.ts';
import { mul } from './mul.ts';

/**
 * Returns `x²`.
 *
 * Gradient: `dx = dy · 2x`.
 *
 * @example
 * ```ts
 * import { square, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await square(tensor([3])).item()); // => 9
 * ```
 */
export function square(x: Tensor): Tensor {
  x.assertLive('square');
  return mul(x, x);
}
