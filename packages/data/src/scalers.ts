import {
  checkOptions,
  DataError,
  describeValue,
  FormatError,
  type HostArray,
  type HostArrayLike,
  hostArray,
  OptionError,
} from '@lstm/core';

/** A scaler as plain data: `scaled = (value − offset) / scale` by column. */
export interface ScalerConfig {
  readonly offset: readonly number[];
  readonly scale: readonly number[];
}

/**
 * Scales the columns of a series and back. Fit it on the training part only.
 *
 * Columns lie along the last axis of `[time, columns]`, `[windows, window, columns]` and so on. A scaler of one column, or a call
 * that names one, takes values of any shape.
 *
 * Padded sequences that come with their mask, as those of {@link padSequences} do, keep it. Their padding is not scaled, and a scaler is
 * fitted on their steps alone.
 */
export interface Scaler {
  /**
   * Returns the scaled series.
   *
   * @param columns - which of the fitted columns the last axis holds; by default all
   * @throws OptionError when the series has other columns
   */
  transform(series: HostArrayLike, columns?: readonly number[]): HostArray<Float64Array>;
  /**
   * Returns the series in original units.
   *
   * @param columns - which of the fitted columns the last axis holds; by default all. `[0]` for predictions of column 0
   * @throws OptionError when the series has other columns
   */
  inverse(series: HostArrayLike, columns?: readonly number[]): HostArray<Float64Array>;
  toConfig(): ScalerConfig;
}

/** Returns what tells by the place of a value whether it belongs to a step; without a mask each does. */
function stepsOf({ data, mask }: HostArray): (place: number) => boolean {
  if (mask === undefined) return () => true;
  const width = data.length / mask.data.length;
  return (place) => mask.data[Math.floor(place / width)] !== 0;
}

/**
 * Returns the values of each column, padding left out. Lists are read in float64, so that nothing is rounded before it is scaled.
 */
function columnsOf(where: string, series: HostArrayLike): readonly Float64Array[] {
  const array = hostArray(series, undefined, 'float64');
  const { data, shape, mask } = array;
  const isStep = stepsOf(array);
  // With a mask, a step of [batch, time] is a number.
  const count = shape.length > (mask?.shape.length ?? 1) ? (shape.at(-1) as number) : 1;
  const starts = Int32Array.from({ length: count === 0 ? 0 : data.length / count }, (_, row) => row * count).filter(
    isStep,
  );
  const bad = data.findIndex((value, i) => !Number.isFinite(value) && isStep(i));
  if (starts.length === 0 || bad >= 0) {
    throw new DataError(
      where,
      bad < 0 ? 'the series is empty.' : `row ${Math.floor(bad / count)}, column ${bad % count} holds ${data[bad]}.`,
      'A scaler is fitted on finite numbers.',
      bad < 0 ? 'Check what was read.' : 'Fill what is missing, for example with fillGaps.',
    );
  }
  return Array.from({ length: count }, (_, column) =>
    Float64Array.from(starts, (start) => data[start + column] as number),
  );
}

function checkConfig({ offset, scale }: ScalerConfig): void {
  const lists = Array.isArray(offset) && Array.isArray(scale);
  const wrong = lists
    ? scale.findIndex((each, i) => !(Number.isFinite(offset[i]) && Number.isFinite(each) && each !== 0))
    : -1;
  if (lists && scale.length > 0 && offset.length === scale.length && wrong < 0) return;
  throw new FormatError(
    'scalerFromConfig',
    wrong < 0
      ? `offset is ${JSON.stringify(offset)}, scale ${JSON.stringify(scale)}.`
      : `column ${wrong} has offset ${offset[wrong]}, scale ${scale[wrong]}.`,
    'Both list a finite number for each column, and no scale is 0.',
    'Pass what toConfig returned.',
  );
}

/**
 * Returns the scaler of a saved config.
 *
 * @throws FormatError when the config does not hold a finite offset and scale for every column
 *
 * @example
 * ```ts
 * import { scalerFromConfig } from '@lstm/data';
 *
 * const celsius = scalerFromConfig({ offset: [32], scale: [1.8] });
 * console.log(celsius.transform([212]).data); // => Float64Array(1) [ 100 ]
 * ```
 */
export function scalerFromConfig(config: ScalerConfig): Scaler {
  checkOptions('scalerFromConfig', config, ['offset', 'scale']);
  checkConfig(config);
  const { offset, scale } = config;
  const all = scale.map((_, column) => column);
  const map = (
    where: 'transform' | 'inverse',
    series: HostArrayLike,
    columns: readonly number[],
    apply: (value: number, offset: number, scale: number) => number,
  ): HostArray<Float64Array> => {
    const array = hostArray(series, undefined, 'float64');
    const { data, shape, mask } = array;
    const known = columns.length > 0 && columns.every((column) => scale[column] !== undefined);
    const last = shape.length > 1 ? shape.at(-1) : 1;
    if (!known || (columns.length > 1 && last !== columns.length)) {
      throw new OptionError(
        where,
        `the series is [${shape.join(', ')}], columns are [${columns.join(', ')}].`,
        `The scaler was fitted on ${scale.length === 1 ? 'column 0' : `columns 0 to ${scale.length - 1}`}; the last axis holds those that are named.`,
        `Name them, for example ${where}(series, [0]).`,
      );
    }
    const isStep = stepsOf(array);
    const values = Float64Array.from(data, (value, i) => {
      if (!isStep(i)) return value;
      const column = columns[i % columns.length] as number;
      return apply(value, offset[column] as number, scale[column] as number);
    });
    return { data: values, shape, ...(mask && { mask }) };
  };
  return {
    transform: (series, columns = all) => map('transform', series, columns, (v, start, size) => (v - start) / size),
    inverse: (series, columns = all) => map('inverse', series, columns, (v, start, size) => v * size + start),
    toConfig: () => ({ offset, scale }),
  };
}

const leastOf = (column: Float64Array): number => column.reduce((a, b) => Math.min(a, b));
const greatestOf = (column: Float64Array): number => column.reduce((a, b) => Math.max(a, b));
/** Whether a column holds one number, but for what rounding makes of it: dividing by that would blow it up. */
function isConstant(column: Float64Array): boolean {
  const [least, greatest] = [leastOf(column), greatestOf(column)];
  return greatest - least <= 1e-12 * Math.max(Math.abs(least), Math.abs(greatest));
}
const meanOf = (column: Float64Array): number => column.reduce((total, value) => total + value, 0) / column.length;

/**
 * Returns a scaler to mean 0 and standard deviation 1 by column, fitted on `series`. A column that is constant, but for rounding, is only
 * shifted.
 *
 * @throws DataError that names row and column when a value is missing
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
  const fitted = columnsOf('standardScaler', series).map((column) => {
    if (isConstant(column)) return { offset: leastOf(column), scale: 1 };
    const offset = meanOf(column);
    return { offset, scale: Math.sqrt(meanOf(column.map((value) => (value - offset) ** 2))) || 1 };
  });
  return scalerFromConfig({ offset: fitted.map(({ offset }) => offset), scale: fitted.map(({ scale }) => scale) });
}

/** Options of {@link minMaxScaler}. */
export interface MinMaxOptions {
  /** What the least and largest values become. Default `[0, 1]`. */
  readonly range?: readonly [number, number];
}

/**
 * Returns a scaler of each column to a range, fitted on `series`. A constant column becomes the start of the range.
 *
 * @throws DataError that names row and column when a value is missing, OptionError when the range does not rise
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
  const { range = [0, 1] } = options;
  const [low = Number.NaN, high = Number.NaN] = Array.isArray(range) ? range : [];
  if (!(low < high && Number.isFinite(high - low)) || range.length > 2) {
    throw new OptionError(
      'minMaxScaler',
      `range is ${describeValue(range)}.`,
      'It holds two finite numbers that rise.',
      'Write for example [-1, 1].',
    );
  }
  const columns = columnsOf('minMaxScaler', series);
  const least = columns.map(leastOf);
  const scale = columns.map((column, i) => (isConstant(column) ? 1 : (greatestOf(column) - least[i]!) / (high - low)));
  return scalerFromConfig({ offset: least.map((value, i) => value - low * scale[i]!), scale });
}
