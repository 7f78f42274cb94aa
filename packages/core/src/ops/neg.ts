import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Returns `−x`.
 *
 * Gradient: `dx = −dy`.
 *
 * @throws {@link OptionError} when `x` is no tensor
 *
 * @example
 * ```ts
 * import { neg, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await neg(tensor([1, -2])).data()); // => Float32Array(2) [ -1, 2 ]
 * ```
 */
export function neg(x: Tensor): Tensor {
  return op({
    name: 'neg',
    inputs: [x],
    forward: (kernels, view) => kernels.unary('neg', view),
    gradients: [(dy) => neg(dy)],
  });
}
