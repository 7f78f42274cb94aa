import { DataError, type HostArray, type HostArrayLike, hostArray } from '@lstm/core';

/** A series `[time]` or `[time, columns]`. */
export interface Series extends HostArray {
  readonly time: number;
  readonly columns: number;
}

/** What to do with series of more axes, where no more is known. */
export const oneByOne = 'Take one series after the other.';

/** Returns host data in which lists of numbers are float64, so that no digit is lost; typed arrays keep their type. */
export function exactArray(values: HostArrayLike): HostArray {
  let first: unknown = values;
  while (Array.isArray(first)) [first] = first;
  return hostArray(values, undefined, ArrayBuffer.isView(first) ? undefined : 'float64');
}

/**
 * Returns a series, with {@link exactArray}'s types.
 *
 * @param deep - what to do with more axes
 * @throws DataError when it is no `[time]` or `[time, columns]`, or padded sequences
 */
export function seriesOf(where: string, values: HostArrayLike, deep: string): Series {
  const { data, shape, mask } = exactArray(values);
  const [time = 0, columns = 1] = shape;
  const rule = 'A series is [time] or [time, columns].';
  if (mask !== undefined) {
    throw new DataError(
      where,
      `the values are padded sequences, [${shape.join(', ')}] with a mask.`,
      `${rule} Padding is no part of one.`,
      'Pass one sequence after the other, as it was before it was padded.',
    );
  }
  if (shape.length >= 1 && shape.length <= 2 && columns > 0) return { data, shape, time, columns };
  const fix = shape.length > 2 ? deep : 'Check what was read.';
  throw new DataError(where, `the series is [${shape.join(', ')}].`, rule, fix);
}
