import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Returns −1, 0 or 1, the sign of `x`.
 *
 * Gradient: 0 wherever there is one, so none is recorded: the result counts as a constant.
 *
 * @throws {@link OptionError} when `x` is no tensor
 *
 * @example
 * ```ts
 * import { sign, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await sign(tensor([-2, 0, 3])).data()); // => Float32Array(3) [ -1, 0, 1 ]
 * ```
 */
export function sign(x: Tensor): Tensor {
  return op({
    name: 'sign',
    inputs: [x],
    forward: (kernels, view) => kernels.unary('sign', view),
    gradients: [undefined],
  });
}
