import { checkOptions, DataError, type HostArray, type HostArrayLike, hostArray, OptionError } from '@lstm/core';

/** A scaler as plain data: `scaled = (value − offset) / scale` by column. */
export interface ScalerConfig {
  readonly offset: readonly number[];
  readonly scale: readonly number[];
}

/** Scales the columns of a series and back. Fit it on the training part only. */
export interface Scaler {
  /** Returns the scaled series; columns are its last axis, or the whole of a vector. */
  transform(series: HostArrayLike): HostArray<Float64Array>;
  /**
   * Returns the series in original units.
   *
   * @param columns - which of the fitted columns the last axis holds; by default all. `[0]` for predictions of column 0,
   *   whatever their shape
   */
  inverse(series: HostArrayLike, columns?: readonly number[]): HostArray<Float64Array>;
  toConfig(): ScalerConfig;
}

function columnsOf(where: string, series: HostArrayLike): { values: Float64Array[]; count: number } {
  const { data, shape } = hostArray(series);
  const count = shape.length > 1 ? (shape.at(-1) as number) : 1;
  const rows = count === 0 ? 0 : data.length / count;
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (rows === 0 || bad >= 0) {
    throw new DataError(
      where,
      rows === 0 ? 'the series is empty.' : `row ${Math.floor(bad / count)}, column ${bad % count} holds ${data[bad]}.`,
      'A scaler is fitted on finite numbers.',
      'Fill or cut out what is missing before.',
    );
  }
  const values = Array.from({ length: count }, (_, column) =>
    Float64Array.from({ length: rows }, (__, row) => data[row * count + column] as number),
  );
  return { values, count };
}

/** Returns the scaler of a saved config. */
export function scalerFromConfig({ offset, scale }: ScalerConfig): Scaler {
  const map = (
    where: string,
    series: HostArrayLike,
    columns: readonly number[],
    apply: (value: number, column: number) => number,
  ): HostArray<Float64Array> => {
    const { data, shape } = hostArray(series);
    const last = shape.length > 1 ? (shape.at(-1) as number) : 1;
    const unknown = columns.some((column) => scale[column] === undefined);
    if (unknown || (columns.length > 1 && last !== columns.length)) {
      throw new OptionError(
        where,
        `the last axis holds ${last} columns, columns are [${columns.join(', ')}].`,
        `The scaler was fitted on ${scale.length}.`,
        'Name the column of the predictions: inverse(y, [0]).',
      );
    }
    const values = Float64Array.from(data, (value, i) => apply(value, columns[i % columns.length] as number));
    return { data: values, shape };
  };
  const all = scale.map((_, column) => column);
  const at = (list: readonly number[], column: number): number => list[column] as number;
  return {
    transform: (series) => map('transform', series, all, (v, column) => (v - at(offset, column)) / at(scale, column)),
    inverse: (series, columns = all) =>
      map('inverse', series, columns, (v, column) => v * at(scale, column) + at(offset, column)),
    toConfig: () => ({ offset, scale }),
  };
}

/**
 * Returns a scaler to mean 0 and standard deviation 1 by column, fitted on `series`. A constant column is only shifted.
 *
 * @throws DataError when a value is missing
 *
 * @example
 * ```ts
 * import { standardScaler } from '@lstm/data';
 *
 * const scaler = standardScaler([1, 3]);
 * console.log(scaler.transform([1, 3, 5]).data, scaler.inverse([1]).data); // => Float64Array(3) [ -1, 1, 3 ] Float64Array(1) [ 3 ]
 * ```
 */
export function standardScaler(series: HostArrayLike): Scaler {
  const { values } = columnsOf('standardScaler', series);
  const offset = values.map((column) => column.reduce((total, value) => total + value, 0) / column.length);
  const scale = values.map((column, i) => {
    const variance = column.reduce((total, value) => total + (value - (offset[i] as number)) ** 2, 0) / column.length;
    return Math.sqrt(variance) || 1;
  });
  return scalerFromConfig({ offset, scale });
}

/** Options of {@link minMaxScaler}. */
export interface MinMaxOptions {
  /** What the least and largest values become. Default `[0, 1]`. */
  readonly range?: readonly [number, number];
}

/**
 * Returns a scaler of each column to a range, fitted on `series`. A constant column becomes the start of the range.
 *
 * @throws DataError when a value is missing, OptionError for an empty range
 *
 * @example
 * ```ts
 * import { minMaxScaler } from '@lstm/data';
 *
 * console.log(minMaxScaler([10, 20]).transform([10, 15, 30]).data); // => Float64Array(3) [ 0, 0.5, 2 ]
 * ```
 */
export function minMaxScaler(series: HostArrayLike, options: MinMaxOptions = {}): Scaler {
  checkOptions('minMaxScaler', options, ['range']);
  const [low, high] = options.range ?? [0, 1];
  if (!(low < high)) {
    throw new OptionError('minMaxScaler', `range is [${low}, ${high}].`, 'It rises.', 'Write for example [-1, 1].');
  }
  const { values } = columnsOf('minMaxScaler', series);
  const least = values.map((column) => column.reduce((a, b) => Math.min(a, b)));
  const scale = values.map(
    (column, i) => (column.reduce((a, b) => Math.max(a, b)) - (least[i] as number)) / (high - low) || 1,
  );
  return scalerFromConfig({ offset: least.map((value, i) => value - low * (scale[i] as number)), scale });
}
