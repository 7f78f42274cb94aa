import { DataError, describeValue, type HostArray, type HostArrayLike, sizeOf } from '@lstm/core';
import { exactArray } from './series.ts';

/** Returns the rows of an array from `start` up to `end`, with those of its mask. */
export function rowsOf({ data, shape: [, ...rest], mask }: HostArray, start: number, end: number): HostArray {
  const size = sizeOf(rest);
  const rows = { data: data.slice(start * size, end * size), shape: [end - start, ...rest] };
  return mask === undefined ? rows : { ...rows, mask: rowsOf(mask, start, end) };
}

/**
 * Returns consecutive parts of a series along its first axis, in order: train, validation, test. Lists become float64, typed
 * arrays keep their type. A mask that comes with them, as with padded sequences, is divided too.
 *
 * @param fractions - of each part, adding up to at most 1; the last part takes the rest when they add up to 1
 * @throws DataError when there are no fractions, they are not positive, add up to more than 1, or leave a part without rows
 *
 * @example
 * ```ts
 * import { splitSeries } from '@lstm/data';
 *
 * const [train, test] = splitSeries([1, 2, 3, 4, 5], [0.6, 0.4]);
 * console.log(train.data, test.data); // => Float64Array(3) [ 1, 2, 3 ] Float64Array(2) [ 4, 5 ]
 * ```
 */
export function splitSeries<const F extends readonly number[]>(
  series: HostArrayLike,
  fractions: F,
): { readonly [K in keyof F]: HostArray } {
  if (!Array.isArray(fractions)) {
    throw new DataError(
      'splitSeries',
      `fractions is ${describeValue(fractions)}.`,
      'It is a list of the parts.',
      'Write for example [0.7, 0.15, 0.15].',
    );
  }
  const whole = exactArray(series);
  const [rows = 0] = whole.shape;
  let total = 0;
  const ends = fractions.map((fraction) => {
    total += fraction;
    return Math.round(rows * total);
  });
  // Fractions such as 0.7 + 0.2 + 0.1 miss 1 by a rounding error.
  const fits = fractions.length > 0 && total <= 1 + 1e-9;
  if (!fits || ends.some((end, i) => !(end > (ends[i - 1] ?? 0)))) {
    throw new DataError(
      'splitSeries',
      `fractions are [${fractions.join(', ')}] of ${rows} ${rows === 1 ? 'row' : 'rows'}.`,
      'Fractions are positive, add up to at most 1, and each part holds at least one row.',
      'Write for example [0.7, 0.15, 0.15].',
    );
  }
  const parts = ends.map((end, i) => rowsOf(whole, ends[i - 1] ?? 0, end));
  return parts as unknown as { readonly [K in keyof F]: HostArray };
}
