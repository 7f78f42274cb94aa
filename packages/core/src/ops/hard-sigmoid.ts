import { assertFloat } from '../assert-tensor.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './add.ts';
import { mul } from './mul.ts';
import { relu } from './relu.ts';
import { sub } from './sub.ts';

/**
 * Returns the piecewise linear sigmoid `min(max(x + 3, 0), 6) / 6`, in [0, 1] (Courbariaux et al. 2015, with Keras 3's and
 * PyTorch's slope).
 *
 * Gradient: `dx = dy / 6` where `−3 < x < 3`, else 0.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { hardSigmoid, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await hardSigmoid(tensor([-4, 0, 4])).data()); // => Float32Array(3) [ 0, 0.5, 1 ]
 * ```
 */
export function hardSigmoid(x: Tensor): Tensor {
  assertFloat('hardSigmoid', 'x', x);
  // min(a, 6) = 6 − max(6 − a, 0)
  return tidy(() => mul(sub(6, relu(sub(6, relu(add(x, 3))))), 1 / 6));
}
