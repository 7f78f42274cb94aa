import { assertFloat } from '../assert-tensor.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { exp } from './exp.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';
import { square } from './square.ts';

/**
 * Returns the error function `2/√π · ∫₀ˣ e^(−t²) dt`, in (−1, 1).
 *
 * Gradient: `dx = dy · 2/√π · e^(−x²)`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { erf, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await erf(tensor([0])).item()); // => 0
 * ```
 */
export function erf(x: Tensor): Tensor {
  assertFloat('erf', 'x', x);
  return op({
    name: 'erf',
    inputs: [x],
    keep: { inputs: [0] },
    forward: (kernels, view) => kernels.unary('erf', view),
    gradients: [(dy, saved) => mul(dy, mul(2 / Math.sqrt(Math.PI), exp(neg(square(saved.input(0))))))],
  });
}
