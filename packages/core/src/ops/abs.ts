import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { mul } from './mul.ts';
import { sign } from './sign.ts';

/**
 * Returns `|x|`.
 *
 * Gradient: `dx = dy · sign(x)`, 0 where `x = 0`.
 *
 * @throws {@link OptionError} when `x` is no tensor
 *
 * @example
 * ```ts
 * import { abs, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await abs(tensor([-2, 3])).data()); // => Float32Array(2) [ 2, 3 ]
 * ```
 */
export function abs(x: Tensor): Tensor {
  return op({
    name: 'abs',
    inputs: [x],
    keep: { inputs: [0] },
    forward: (kernels, view) => kernels.unary('abs', view),
    gradients: [(dy, saved) => mul(dy, sign(saved.input(0)))],
  });
}
