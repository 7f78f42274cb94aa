import { assertFloat } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { activationGradient } from './activation-gradient.ts';

/**
 * Returns the hyperbolic tangent, in (−1, 1).
 *
 * Gradient: `dx = dy · (1 − y²)`
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { tanh, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await tanh(tensor([0])).item()); // => 0
 * ```
 */
export function tanh(x: Tensor): Tensor {
  assertFloat('tanh', 'x', x);
  return op({
    name: 'tanh',
    inputs: [x],
    keep: { outputs: true },
    forward: (kernels, view) => kernels.unary('tanh', view),
    gradients: [(dy, saved) => activationGradient('tanh', dy, saved.output())],
  });
}
