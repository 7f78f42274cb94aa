import { assertTensor } from '../assert-tensor.ts';
import type { DType } from '../dtype.ts';
import { checkChoice } from '../options.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Returns `x` converted to `dtype`; floating point to int32 truncates towards zero, NaN and what int32 can't hold become −2³¹.
 *
 * Gradient: `dx = dy` converted back, between floating-point types only.
 *
 * @throws {@link OptionError} for an unknown dtype, {@link DTypeError} when the backend lacks it
 *
 * @example
 * ```ts
 * import { cast, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await cast(tensor([1.9, -1.9]), 'int32').data()); // => Int32Array(2) [ 1, -1 ]
 * ```
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  assertTensor('cast', 'x', x);
  checkChoice('cast', 'dtype', dtype, ['float32', 'int32', 'float64']);
  const source = x.dtype;
  const differentiable = source !== 'int32' && dtype !== 'int32';
  return op({
    name: 'cast',
    inputs: [x],
    forward: (kernels, view) => kernels.cast(view, dtype),
    gradients: [differentiable ? (dy) => cast(dy, source) : undefined],
  });
}
