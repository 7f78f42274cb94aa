import { checkChoice, DataError, type HostArray, type HostArrayLike, hostArray } from '@lstm/core';
import { seriesOf } from './series.ts';

/** How {@link fillGaps} finds a missing value. */
export type FillMethod = 'linear' | 'previous';

const methods: readonly FillMethod[] = ['linear', 'previous'];

/**
 * Returns a series in which every NaN is replaced from its neighbours in time: on the straight line between the values around it
 * (`linear`), or by the value before it (`previous`, which looks at no later value but for a gap at the very start). Before the first value
 * and after the last one that value is repeated. Lists become float64, typed arrays keep their type.
 *
 * @param series - `[time]` or `[time, columns]`
 * @throws DataError when a column holds no value at all, or the series has other axes or is padded
 * @throws OptionError when the method is unknown
 *
 * @example
 * ```ts
 * import { fillGaps } from '@lstm/data';
 *
 * console.log(fillGaps([1, Number.NaN, 4, Number.NaN], 'linear').data.join(' ')); // => 1 2.5 4 4
 * ```
 */
export function fillGaps(series: HostArrayLike, method: FillMethod): HostArray {
  checkChoice('fillGaps', 'method', method, methods);
  const { data, shape, columns } = seriesOf('fillGaps', series, 'Fill it before windows are cut.');
  const filled = data.slice();
  for (let column = 0; column < columns; column++) {
    const known = [...filled.keys()].filter((i) => i % columns === column && !Number.isNaN(filled[i]));
    const [first] = known;
    if (first === undefined) {
      throw new DataError(
        'fillGaps',
        `column ${column} holds no value.`,
        'Gaps are filled from the values around them.',
        'Leave the column out.',
      );
    }
    for (let i = column; i < first; i += columns) filled[i] = filled[first] as number;
    for (const [n, left] of known.entries()) {
      const right = known[n + 1];
      const from = filled[left] as number;
      const rise = right === undefined || method === 'previous' ? 0 : (filled[right] as number) - from;
      const length = (right ?? filled.length) - left;
      for (let i = left + columns; i < (right ?? filled.length); i += columns) {
        filled[i] = from + (rise * (i - left)) / length;
      }
    }
  }
  return hostArray(filled, shape);
}
