import { assertFloat } from '../assert-tensor.ts';
import { customGradient } from '../grad.ts';
import type { Tensor } from '../tensor.ts';
import { abs } from './abs.ts';
import { add } from './add.ts';
import { exp } from './exp.ts';
import { log1p } from './log1p.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';
import { relu } from './relu.ts';
import { sigmoid } from './sigmoid.ts';

/**
 * Returns `log(1 + eˣ)`. Stable for large inputs.
 *
 * Gradient: `dx = dy · sigmoid(x)`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { softplus, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log((await softplus(tensor([0])).item()).toFixed(4)); // => 0.6931
 * ```
 */
export function softplus(x: Tensor): Tensor {
  assertFloat('softplus', 'x', x);
  const [y] = customGradient({
    name: 'softplus',
    inputs: [x],
    forward: (input) => add(relu(input), log1p(exp(neg(abs(input))))),
    backward: ([dy], saved) => [dy && mul(dy, sigmoid(saved.input(0)))],
  });
  return y as Tensor;
}
