import { checkChoice, DataError, describeValue, type HostArray, type HostArrayLike, hostArray } from '@lstm/core';
import { oneByOne, type Series, seriesOf } from './series.ts';

/** How a series is changed before windows are cut. */
export type TransformName = 'none' | 'log' | 'difference' | 'logDifference';

/** Every transform. */
export const transformNames: readonly TransformName[] = ['none', 'log', 'difference', 'logDifference'];

/**
 * A change of a series `[time]` or `[time, columns]` that can be undone, up to rounding in float64. Each column is changed by itself.
 */
export interface Transform {
  readonly name: TransformName;
  /** Steps at the start of a series that the transformed one lacks: 1 for differences, else 0. */
  readonly lost: number;
  /**
   * Returns the changed series, shorter by `lost`.
   *
   * @throws DataError when it is no `[time]` or `[time, columns]`, or a logarithm is asked of a value that is not positive
   */
  forward(series: HostArrayLike): HostArray<Float64Array>;
  /**
   * Returns what follows `last` in the original series, from what follows it in the changed one.
   *
   * @param changed - `[steps]` or `[steps, columns]`; of predictions for several windows one after the other
   * @param last - the original value before, or for `[steps, columns]` that of each column; differences start from it, the others do not
   * need it
   * @throws DataError when `changed` has other axes, `last` does not fit it, or relative changes are to start from a value that is not
   * positive
   */
  inverse(changed: HostArrayLike, last: HostArrayLike): HostArray<Float64Array>;
}

function logarithm(name: TransformName, value: number, which: string): number {
  if (value > 0 && value < Number.POSITIVE_INFINITY) return Math.log(value);
  throw new DataError(
    name,
    `${which} is ${value}.`,
    'Logarithms are of positive numbers.',
    "Use 'difference' or 'none'.",
  );
}

function logarithms(name: TransformName, { data, shape, columns, ...series }: Series): Series {
  const place = (i: number): string =>
    shape.length === 1 ? `value ${i}` : `row ${Math.floor(i / columns)}, column ${i % columns}`;
  const logs = Float64Array.from(data, (value, i) => logarithm(name, value, place(i)));
  return { ...series, data: logs, shape, columns };
}

function differences({ data, shape: [time = 0, ...rest], columns }: Series): HostArray<Float64Array> {
  const steps = Math.max(time - 1, 0);
  const changes = Float64Array.from({ length: steps * columns }, (_, i) => data[i + columns]! - data[i]!);
  return { data: changes, shape: [steps, ...rest] };
}

/** Returns the values that a series starts from, one for each column. */
function startsOf(name: TransformName, { shape, columns }: Series, last: HostArrayLike): Float64Array {
  const starts = hostArray(last, undefined, 'float64');
  const fits = starts.shape.length === shape.length - 1 && starts.data.length === columns;
  if (fits && starts.data.every(Number.isFinite)) return Float64Array.from(starts.data);
  throw new DataError(
    name,
    `changed is [${shape.join(', ')}], last ${describeValue(last)}.`,
    'Changes of [steps] start from a finite number, those of [steps, columns] from a list of one for each column.',
    'Pass the values of the step before; of predictions [windows, horizon] pass one window after the other.',
  );
}

function runningSums({ data, shape, columns }: Series, starts: Float64Array): HostArray<Float64Array> {
  const totals = starts.slice();
  const sums = Float64Array.from(data, (change, i) => {
    totals[i % columns]! += change;
    return totals[i % columns]!;
  });
  return { data: sums, shape };
}

function mapped({ data, shape }: HostArray, change: (value: number) => number): HostArray<Float64Array> {
  return { data: Float64Array.from(data, change), shape };
}

/**
 * Returns the transform of a name: `log`, `difference` (from one step to the next), `logDifference` (relative change), or `none`.
 *
 * @example
 * ```ts
 * import { transformOf } from '@lstm/data';
 *
 * const { forward, inverse } = transformOf('difference');
 * console.log(forward([3, 5, 4]).data); // => Float64Array(2) [ 2, -1 ]
 * console.log(inverse([2, 2], 4).data); // => Float64Array(2) [ 6, 8 ]
 *
 * // Several columns, each by itself.
 * console.log(forward([[1, 10], [2, 30]])); // => { data: Float64Array(2) [ 1, 20 ], shape: [ 1, 2 ] }
 * ```
 */
export function transformOf(name: TransformName): Transform {
  const read = (values: HostArrayLike): Series => seriesOf(name, values, oneByOne);
  switch (checkChoice('transformOf', 'name', name, transformNames)) {
    case 'none':
      return {
        name,
        lost: 0,
        forward: (series) => mapped(read(series), (value) => value),
        inverse: (changed) => mapped(read(changed), (value) => value),
      };
    case 'log':
      return {
        name,
        lost: 0,
        forward: (series) => mapped(logarithms(name, read(series)), (value) => value),
        inverse: (changed) => mapped(read(changed), Math.exp),
      };
    case 'difference':
      return {
        name,
        lost: 1,
        forward: (series) => differences(read(series)),
        inverse: (changed, last) => {
          const changes = read(changed);
          return runningSums(changes, startsOf(name, changes, last));
        },
      };
    case 'logDifference':
      return {
        name,
        lost: 1,
        forward: (series) => differences(logarithms(name, read(series))),
        inverse: (changed, last) => {
          const changes = read(changed);
          const starts = startsOf(name, changes, last).map((each) => logarithm(name, each, 'the last value'));
          return mapped(runningSums(changes, starts), Math.exp);
        },
      };
  }
}
