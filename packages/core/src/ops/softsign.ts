import { assertFloat } from '../assert-tensor.ts';
import { customGradient } from '../grad.ts';
import type { Tensor } from '../tensor.ts';
import { abs } from './abs.ts';
import { add } from './add.ts';
import { div } from './div.ts';
import { square } from './square.ts';

/**
 * Returns `x / (1 + |x|)`, in (−1, 1).
 *
 * Gradient: `dx = dy / (1 + |x|)²`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { softsign, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await softsign(tensor([1])).item()); // => 0.5
 * ```
 */
export function softsign(x: Tensor): Tensor {
  assertFloat('softsign', 'x', x);
  const [y] = customGradient({
    name: 'softsign',
    inputs: [x],
    forward: (input) => div(input, add(1, abs(input))),
    // The quotient rule would subtract nearly equal numbers for a large x.
    backward: ([dy], saved) => [dy && div(dy, square(add(1, abs(saved.input(0)))))],
  });
  return y as Tensor;
}
