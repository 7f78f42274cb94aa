import { assertFloat } from '../assert-tensor.ts';
import { checkOptions } from '../options.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { expm1 } from './expm1.ts';
import { less } from './less.ts';
import { mul } from './mul.ts';
import { where } from './where.ts';

/** Options of {@link elu}. */
export interface EluOptions {
  /** Value approached for large negative inputs, negated. Default 1. */
  readonly alpha?: number;
}

/**
 * Returns `x` where it is positive, else `alpha · (eˣ − 1)` (Clevert et al. 2016).
 *
 * Gradient: `dx = dy`, times `alpha · eˣ` where `x ≤ 0`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { elu, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await elu(tensor([0, 2])).data()); // => Float32Array(2) [ 0, 2 ]
 * ```
 */
export function elu(x: Tensor, options: EluOptions = {}): Tensor {
  checkOptions('elu', options, ['alpha']);
  assertFloat('elu', 'x', x);
  return tidy(() => {
    const positive = less(0, x);
    // Large inputs never reach the exponential: its infinite slope times 0 would be NaN.
    return where(positive, x, mul(options.alpha ?? 1, expm1(where(positive, 0, x))));
  });
}
