import { assertFloat } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { activationGradient } from './activation-gradient.ts';

/**
 * Returns the logistic function `1 / (1 + e^(−x))`, in (0, 1).
 *
 * Gradient: `dx = dy · y · (1 − y)`
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { sigmoid, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await sigmoid(tensor([0])).item()); // => 0.5
 * ```
 */
export function sigmoid(x: Tensor): Tensor {
  assertFloat('sigmoid', 'x', x);
  return op({
    name: 'sigmoid',
    inputs: [x],
    keep: { outputs: true },
    forward: (kernels, view) => kernels.unary('sigmoid', view),
    gradients: [(dy, saved) => activationGradient('sigmoid', dy, saved.output())],
  });
}
