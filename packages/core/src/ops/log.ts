import { assertFloat } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { div } from './div.ts';

/**
 * Returns the natural logarithm; −∞ for 0, NaN for negative numbers.
 *
 * Gradient: `dx = dy / x`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { log, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await log(tensor([1])).item()); // => 0
 * ```
 */
export function log(x: Tensor): Tensor {
  assertFloat('log', 'x', x);
  return op({
    name: 'log',
    inputs: [x],
    keep: { inputs: [0] },
    forward: (kernels, view) => kernels.unary('log', view),
    gradients: [(dy, saved) => div(dy, saved.input(0))],
  });
}
