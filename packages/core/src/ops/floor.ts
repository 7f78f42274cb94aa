import { assertFloat } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Returns the largest integer not above `x`.
 *
 * Gradient: 0 wherever there is one, so none is recorded: the result counts as a constant.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { floor, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await floor(tensor([1.5, -1.5])).data()); // => Float32Array(2) [ 1, -2 ]
 * ```
 */
export function floor(x: Tensor): Tensor {
  assertFloat('floor', 'x', x);
  return op({
    name: 'floor',
    inputs: [x],
    forward: (kernels, view) => kernels.unary('floor', view),
    gradients: [undefined],
  });
}
