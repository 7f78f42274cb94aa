import { assertTensor } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './add.ts';
import { mul } from './mul.ts';

/**
 * Returns `x²`.
 *
 * Gradient: `dx = dy · 2x`.
 *
 * @throws {@link OptionError} when `x` is no tensor
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
  assertTensor('square', 'x', x);
  return op({
    name: 'square',
    inputs: [x],
    keep: { inputs: [0] },
    forward: (kernels, view) => kernels.binary('mul', view, view),
    gradients: [(dy, saved) => mul(dy, add(saved.input(0), saved.input(0)))],
  });
}
