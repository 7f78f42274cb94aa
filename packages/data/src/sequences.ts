import {
  allocate,
  checkInteger,
  checkOptions,
  DataError,
  describeValue,
  dtypeOf,
  type HostArray,
  type HostArrayLike,
  hostArray,
  OptionError,
} from '@lstm/core';
import { oneByOne, seriesOf } from './series.ts';

/** Options of {@link createSequences}. */
export interface SequenceOptions {
  /** Steps after the window that are to be predicted. Default 1. */
  readonly horizon?: number;
  /** Steps from the start of a window to that of the next. Default 1. */
  readonly stride?: number;
  /** Columns to predict. Default all. */
  readonly targets?: readonly number[];
}

/** Windows of a series and what follows each. */
export interface Sequences {
  /** `[windows, window, columns]` */
  readonly x: HostArray;
  /** `[windows, horizon]` for one target column, else `[windows, horizon, targets]` */
  readonly y: HostArray;
}

const formatSteps = (count: number): string => `${count} ${count === 1 ? 'step' : 'steps'}`;

/**
 * Returns the last `window` steps of a series `[time]` or `[time, columns]` as one sample `[1, window, columns]`, in the type of the
 * series, lists being float64: what `predict` takes to tell what comes after the end.
 *
 * @param window - steps in a window, as many as in training
 * @throws DataError when the series is no `[time]` or `[time, columns]`, padded, or shorter than the window
 * @throws OptionError when `window` is no integer of at least 1
 *
 * @example
 * ```ts
 * import { lastWindow } from '@lstm/data';
 *
 * const { data, shape } = lastWindow([1, 2, 3, 4, 5], 3);
 * console.log(shape, data); // => [ 1, 3, 1 ] Float64Array(3) [ 3, 4, 5 ]
 * ```
 */
export function lastWindow(series: HostArrayLike, window: number): HostArray {
  checkInteger('lastWindow', 'window', window);
  const { data, time, columns } = seriesOf('lastWindow', series, oneByOne);
  if (time < window) {
    const rule = `A window of ${window} takes as many.`;
    throw new DataError('lastWindow', `the series has ${formatSteps(time)}.`, rule, 'Give more of the series.');
  }
  return hostArray(data.slice((time - window) * columns), [1, window, columns]);
}

/** Names of {@link SequenceOptions}. */
export const sequenceOptionNames: readonly string[] = ['horizon', 'stride', 'targets'];

/** Windows of a series that are cut when they are asked for. */
export interface Windows {
  readonly count: number;
  /** Returns the windows of these numbers and what follows each, in the order given. */
  at(numbers: Int32Array): Sequences;
}

/**
 * Returns the windows of a series.
 *
 * @throws DataError and OptionError as {@link createSequences} does, but for unknown options
 */
export function windowsOf(
  where: string,
  series: HostArrayLike,
  window: number,
  { horizon = 1, stride = 1, targets: given }: SequenceOptions,
): Windows {
  checkInteger(where, 'window', window);
  checkInteger(where, 'horizon', horizon);
  checkInteger(where, 'stride', stride);
  const { data, time, columns } = seriesOf(where, series, oneByOne);
  const targets = given ?? Array.from({ length: columns }, (_, column) => column);
  const isColumn = (column: unknown): boolean =>
    Number.isInteger(column) && Number(column) >= 0 && Number(column) < columns;
  if (!Array.isArray(targets) || targets.length === 0 || !targets.every(isColumn)) {
    throw new OptionError(
      where,
      `targets are ${describeValue(targets)}.`,
      `Targets are at least one of the columns 0 to ${columns - 1}.`,
      'Write for example targets: [0].',
    );
  }
  const count = Math.floor((time - window - horizon) / stride) + 1;
  if (count < 1) {
    throw new DataError(
      where,
      `the series has ${formatSteps(time)}.`,
      `A window of ${window} and a horizon of ${horizon} take ${window + horizon}.`,
      'Shorten the window or the horizon.',
    );
  }
  const at = (numbers: Int32Array): Sequences => {
    const x = allocate(dtypeOf(data), numbers.length * window * columns);
    const y = allocate(dtypeOf(data), numbers.length * horizon * targets.length);
    for (const [i, number] of numbers.entries()) {
      const start = number * stride;
      x.set(data.subarray(start * columns, (start + window) * columns), i * window * columns);
      for (let step = 0; step < horizon; step++) {
        targets.forEach((column, j) => {
          y[(i * horizon + step) * targets.length + j] = data[(start + window + step) * columns + column] as number;
        });
      }
    }
    const yShape = targets.length === 1 ? [numbers.length, horizon] : [numbers.length, horizon, targets.length];
    return { x: hostArray(x, [numbers.length, window, columns]), y: hostArray(y, yShape) };
  };
  return { count, at };
}

/**
 * Returns sliding windows of a series `[time]` or `[time, columns]`, and the values that follow each, in the type of the series,
 * lists being float64. Steps at the end that no longer make a window and its horizon are left out.
 *
 * Windows overlap, so they take about `window / stride` times the memory of the series: a million steps in windows of 60 are 480 MB in
 * float64, 240 MB in float32. {@link windowBatches} cuts those of a batch at a time.
 *
 * @param window - steps in a window
 * @throws DataError when the series is no `[time]` or `[time, columns]`, padded, or too short for one window and its horizon
 * @throws OptionError when an option is unknown or out of its range, or a target is no column
 *
 * @example
 * ```ts
 * import { createSequences } from '@lstm/data';
 *
 * const { x, y } = createSequences([1, 2, 3, 4, 5], 3);
 * console.log(x.shape, y.shape, y.data); // => [ 2, 3, 1 ] [ 2, 1 ] Float64Array(2) [ 4, 5 ]
 * ```
 */
export function createSequences(series: HostArrayLike, window: number, options: SequenceOptions = {}): Sequences {
  checkOptions('createSequences', options, sequenceOptionNames);
  const { count, at } = windowsOf('createSequences', series, window, options);
  return at(Int32Array.from({ length: count }, (_, i) => i));
}
