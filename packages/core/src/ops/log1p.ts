import { assertFloat } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './add.ts';
import { div } from './div.ts';

/**
 * Returns `log(1 + x)`, exact for small `x`.
 *
 * Gradient: `dx = dy / (1 + x)`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { log1p, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await log1p(tensor([0])).item()); // => 0
 * ```
 */
export function log1p(x: Tensor): Tensor {
  assertFloat('log1p', 'x', x);
  return op({
    name: 'log1p',
    inputs: [x],
    keep: { inputs: [0] },
    forward: (kernels, view) => kernels.unary('log1p', view),
    gradients: [(dy, saved) => div(dy, add(saved.input(0), 1))],
  });
}
