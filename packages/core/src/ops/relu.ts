import { assertFloat } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { less } from './less.ts';
import { where } from './where.ts';

/**
 * Returns `max(x, 0)`; NaN stays NaN.
 *
 * Gradient: `dx = dy` where `x > 0`, else 0.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { relu, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await relu(tensor([-1, 2])).data()); // => Float32Array(2) [ 0, 2 ]
 * ```
 */
export function relu(x: Tensor): Tensor {
  assertFloat('relu', 'x', x);
  return op({
    name: 'relu',
    inputs: [x],
    keep: { outputs: true },
    forward: (kernels, view) => kernels.unary('relu', view),
    gradients: [(dy, saved) => where(less(0, saved.output()), dy, 0)],
  });
}
