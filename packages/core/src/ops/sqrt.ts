import { assertFloat } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { div } from './div.ts';
import { mul } from './mul.ts';

/**
 * Returns the square root; NaN for negative numbers.
 *
 * Gradient: `dx = dy / (2y)`, infinite at 0 and NaN there when `dy` is 0: where zeros may come, choose what goes into the root
 * with {@link where}.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { sqrt, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await sqrt(tensor([9])).item()); // => 3
 * ```
 */
export function sqrt(x: Tensor): Tensor {
  assertFloat('sqrt', 'x', x);
  return op({
    name: 'sqrt',
    inputs: [x],
    keep: { outputs: true },
    forward: (kernels, view) => kernels.unary('sqrt', view),
    gradients: [(dy, saved) => div(dy, mul(2, saved.output()))],
  });
}
