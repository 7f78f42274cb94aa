import { assertFloat } from '../assert-tensor.ts';
import { checkOptions } from '../options.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { less } from './less.ts';
import { mul } from './mul.ts';
import { where } from './where.ts';

/** Options of {@link leakyRelu}. */
export interface LeakyReluOptions {
  /** Slope for negative inputs. Default 0.2 (Keras; PyTorch has 0.01). */
  readonly negativeSlope?: number;
}

/**
 * Returns `x` where it is positive, else `negativeSlope · x` (Maas et al. 2013).
 *
 * Gradient: `dx = dy`, times the slope where `x ≤ 0`.
 *
 * @throws {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { leakyRelu, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await leakyRelu(tensor([-4, 2]), { negativeSlope: 0.25 }).data()); // => Float32Array(2) [ -1, 2 ]
 * ```
 */
export function leakyRelu(x: Tensor, options: LeakyReluOptions = {}): Tensor {
  checkOptions('leakyRelu', options, ['negativeSlope']);
  assertFloat('leakyRelu', 'x', x);
  return tidy(() => where(less(0, x), x, mul(x, options.negativeSlope ?? 0.2)));
}
