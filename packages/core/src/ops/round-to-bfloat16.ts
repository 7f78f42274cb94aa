import { assertFloat } from '../assert-tensor.ts';
import { tidy } from '../scope.ts';
import { noGrad, op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { mul } from './mul.ts';
import { sub } from './sub.ts';

/** Factors that leave eight significant bits (Veltkamp 1968): 2 to the bits that go, plus 1. */
const splitters = { float32: 2 ** 16 + 1, float64: 2 ** 45 + 1 };

/**
 * Returns `x` with every element rounded to the nearest bfloat16: eight significant bits in the range of float32, still stored as
 * the dtype of `x`. A backend may keep such weights in half the memory.
 *
 * Gradient: none; rounding is constant almost everywhere.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { roundToBfloat16, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await roundToBfloat16(tensor([1, 3.14159, 1000.5])).data()); // => Float32Array(3) [ 1, 3.140625, 1000 ]
 * ```
 */
export function roundToBfloat16(x: Tensor): Tensor {
  assertFloat('roundToBfloat16', 'x', x);
  const { roundToBfloat16: round } = x.backend.kernels;
  if (round !== undefined) {
    return op({
      name: 'roundToBfloat16',
      inputs: [x],
      forward: (kernels, view) => round.call(kernels, view),
      gradients: [undefined],
    });
  }
  // Without the kernel a tie rounds either way, and what is beyond about 2^111.9 overflows to NaN.
  return noGrad(() =>
    tidy(() => {
      const scaled = mul(x, splitters[x.dtype as keyof typeof splitters]);
      return sub(scaled, sub(scaled, x));
    }),
  );
}
