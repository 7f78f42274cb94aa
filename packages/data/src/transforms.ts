import { checkChoice, DataError, describeValue, type HostArray, type HostArrayLike, sameShape } from '@lstm/core';
import { exactArray, oneByOne, type Series, seriesOf } from './series.ts';

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
   * @param changed - `[steps]`; of several windows, as `predict` gives them, `[windows, steps]` or `[windows, steps, columns]`
   * @param last - the original value before: a number, `[windows]` or `[windows, columns]`; differences start from it, the others do not
   * need it
   * @throws DataError when `changed` has other axes, `last` does not fit it, or relative changes are to start from a value that is not
   * positive
   */
  inverse(changed: HostArrayLike, last?: HostArrayLike): HostArray<Float64Array>;
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

function logarithms(
  name: TransformName,
  { data, shape, columns, ...series }: Series,
): Series & HostArray<Float64Array> {
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

/** Steps of one window or of several. */
interface Changes extends HostArray {
  readonly steps: number;
  readonly columns: number;
}

function changesOf(name: TransformName, values: HostArrayLike): Changes {
  const { data, shape } = exactArray(values);
  const [, steps = 0, columns = 1] = shape.length === 1 ? [1, ...shape] : shape;
  if (shape.length >= 1 && shape.length <= 3) return { data, shape, steps, columns };
  const rule = 'Changes are [steps], [windows, steps] or [windows, steps, columns].';
  throw new DataError(name, `changed is [${shape.join(', ')}].`, rule, 'Pass a list of steps, or predictions.');
}

/** Returns the values that windows start from, one for each column of each. */
function startsOf(name: TransformName, { shape }: Changes, last: HostArrayLike | undefined): Float64Array {
  const wanted = shape.filter((_, axis) => axis !== (shape.length === 1 ? 0 : 1));
  const starts = last === undefined ? undefined : exactArray(last);
  if (starts && sameShape(starts.shape, wanted) && starts.data.every(Number.isFinite))
    return Float64Array.from(starts.data);
  throw new DataError(
    name,
    `changed is [${shape.join(', ')}], last is ${describeValue(last)}.`,
    'Changes start from the finite value before them: [steps] from a number, [windows, steps] from [windows], [windows, steps, columns] from [windows, columns].',
    'Pass for each window the last original value in it.',
  );
}

function runningSums({ data, shape, steps, columns }: Changes, starts: Float64Array): HostArray<Float64Array> {
  const totals = starts.slice();
  const sums = Float64Array.from(data, (change, i) => {
    const at = Math.floor(i / (steps * columns)) * columns + (i % columns);
    totals[at]! += change;
    return totals[at]!;
  });
  return { data: sums, shape };
}

const plain = ({ data, shape }: HostArray<Float64Array>): HostArray<Float64Array> => ({ data, shape });
const copied = ({ data, shape }: HostArray): HostArray<Float64Array> => ({ data: Float64Array.from(data), shape });

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
 * // Several columns, each by itself; and predictions of several windows, each from the value before it.
 * console.log(forward([[1, 10], [2, 30]])); // => { data: Float64Array(2) [ 1, 20 ], shape: [ 1, 2 ] }
 * console.log(inverse([[1, 1], [2, 2]], [5, 9])); // => { data: Float64Array(4) [ 6, 7, 11, 13 ], shape: [ 2, 2 ] }
 * ```
 */
export function transformOf(name: TransformName): Transform {
  const read = (values: HostArrayLike): Series => seriesOf(name, values, oneByOne);
  switch (checkChoice('transformOf', 'name', name, transformNames)) {
    case 'none':
      return {
        name,
        lost: 0,
        forward: (series) => copied(read(series)),
        inverse: (changed) => copied(changesOf(name, changed)),
      };
    case 'log':
      return {
        name,
        lost: 0,
        forward: (series) => plain(logarithms(name, read(series))),
        inverse: (changed) => mapped(changesOf(name, changed), Math.exp),
      };
    case 'difference':
      return {
        name,
        lost: 1,
        forward: (series) => differences(read(series)),
        inverse: (changed, last) => {
          const changes = changesOf(name, changed);
          return runningSums(changes, startsOf(name, changes, last));
        },
      };
    case 'logDifference':
      return {
        name,
        lost: 1,
        forward: (series) => differences(logarithms(name, read(series))),
        inverse: (changed, last) => {
          const changes = changesOf(name, changed);
          const starts = startsOf(name, changes, last).map((each) => logarithm(name, each, 'the last value'));
          return mapped(runningSums(changes, starts), Math.exp);
        },
      };
  }
}
