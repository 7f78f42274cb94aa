import { assertTensor } from '../assert-tensor.ts';
import { full } from '../create.ts';
import { describeValue } from '../describe-value.ts';
import { OptionError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { concat } from './concat.ts';
import { reshape } from './reshape.ts';

/** Options of {@link pad}. */
export interface PadOptions {
  /** What the new elements hold. Default 0. */
  readonly value?: number;
}

/**
 * Returns `x` with elements added before and after it along each axis.
 *
 * Gradient: `dx` = the part of `dy` where `x` was.
 *
 * @param widths - for each axis `[before, after]`, integers of at least 0
 * @throws {@link OptionError} when the widths do not fit the rank or are negative
 *
 * @example
 * ```ts
 * import { pad, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await pad(tensor([1, 2]), [[1, 2]]).data()); // => Float32Array(5) [ 0, 1, 2, 0, 0 ]
 * ```
 */
export function pad(x: Tensor, widths: readonly (readonly [number, number])[], options: PadOptions = {}): Tensor {
  assertTensor('pad', 'x', x);
  checkOptions('pad', options, ['value']);
  const { value = 0 } = options;
  const isWidth = (width: unknown): boolean => Number.isInteger(width) && Number(width) >= 0;
  const isPair = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2 && pair.every(isWidth);
  if (!Array.isArray(widths) || widths.length !== x.rank || !widths.every(isPair)) {
    throw new OptionError(
      'pad',
      `widths is ${describeValue(widths)}.`,
      `x has rank ${x.rank}, so widths holds as many pairs [before, after] of integers of at least 0.`,
      'Write [0, 0] for an axis that stays.',
    );
  }
  return tidy(() =>
    widths.reduce(
      (padded, [before, after], axis) => {
        if (before === 0 && after === 0) return padded;
        const block = (length: number): Tensor =>
          full(padded.shape.with(axis, length), value, { dtype: x.dtype, backend: x.backend });
        return concat([...(before ? [block(before)] : []), padded, ...(after ? [block(after)] : [])], { axis });
      },
      reshape(x, x.shape),
    ),
  );
}
