import { assertFloat } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { mul } from './mul.ts';

/**
 * Returns `eˣ`.
 *
 * Gradient: `dx = dy · y`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { exp, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await exp(tensor([0])).item()); // => 1
 * ```
 */
export function exp(x: Tensor): Tensor {
  assertFloat('exp', 'x', x);
  return op({
    name: 'exp',
    inputs: [x],
    keep: { outputs: true },
    forward: (kernels, view) => kernels.unary('exp', view),
    gradients: [(dy, saved) => mul(dy, saved.output())],
  });
}
