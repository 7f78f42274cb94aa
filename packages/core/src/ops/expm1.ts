import { assertFloat } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { exp } from './exp.ts';
import { mul } from './mul.ts';

/**
 * Returns `eˣ − 1`, exact for small `x`.
 *
 * Gradient: `dx = dy · eˣ`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { expm1, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await expm1(tensor([0])).item()); // => 0
 * ```
 */
export function expm1(x: Tensor): Tensor {
  assertFloat('expm1', 'x', x);
  return op({
    name: 'expm1',
    inputs: [x],
    keep: { inputs: [0] },
    forward: (kernels, view) => kernels.unary('expm1', view),
    gradients: [(dy, saved) => mul(dy, exp(saved.input(0)))], // y + 1 would lose the digits of a small one
  });
}
