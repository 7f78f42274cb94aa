import { assertFloat } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';

/**
 * Returns `1 / x`.
 *
 * Gradient: `dx = −dy · y²`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { reciprocal, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await reciprocal(tensor([4])).item()); // => 0.25
 * ```
 */
export function reciprocal(x: Tensor): Tensor {
  assertFloat('reciprocal', 'x', x);
  return op({
    name: 'reciprocal',
    inputs: [x],
    keep: { outputs: true },
    forward: (kernels, view) => kernels.unary('recip', view),
    gradients: [(dy, saved) => neg(mul(mul(dy, saved.output()), saved.output()))],
  });
}
