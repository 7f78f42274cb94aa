import { checkInteger, checkOptions, DataError, type HostArray, type HostArrayLike } from '@lstm/core';
import { exactArray } from './series.ts';
import { rowsOf } from './split.ts';

/** Options of {@link walkForwardSplits}, in rows. */
export interface WalkForwardOptions {
  /** How many splits. Default 5. */
  readonly splits?: number;
  /** Rows of each test part. Default the rows of the series divided by `splits + 1`, rounded down. */
  readonly testSize?: number;
  /** Most rows of a training part, the newest ones: it then moves along. By default it is all that comes before, and grows. */
  readonly trainSize?: number;
  /** Rows that are left out between training and test, such as those that a target reaches ahead. Default 0. */
  readonly gap?: number;
}

/** A training part of a series and the test part that follows it. */
export interface WalkForwardSplit {
  readonly train: HostArray;
  readonly test: HostArray;
}

/**
 * Returns splits of a series along its first axis for walk-forward validation: the test parts follow each other up to the end of the
 * series, and each is preceded by what a network may be trained on. How far apart the scores of the splits lie tells how sure they are.
 * Lists become float64, typed arrays keep their type, a mask is divided too. The rows are those of scikit-learn's `TimeSeriesSplit`.
 *
 * Scalers are fitted on each training part anew. A test part that is cut into windows takes at least a window and a horizon.
 *
 * @throws DataError when the series is too short for the splits
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { walkForwardSplits } from '@lstm/data';
 *
 * for (const { train, test } of walkForwardSplits([1, 2, 3, 4, 5, 6], { splits: 2, testSize: 1, gap: 1 })) {
 *   console.log(train.data.join(' '), '|', test.data.join(' '));
 * }
 * // => 1 2 3 | 5
 * // => 1 2 3 4 | 6
 * ```
 */
export function walkForwardSplits(
  series: HostArrayLike,
  options: WalkForwardOptions = {},
): readonly WalkForwardSplit[] {
  const where = 'walkForwardSplits';
  checkOptions(where, options, ['splits', 'testSize', 'trainSize', 'gap']);
  const { splits = 5, trainSize, gap = 0 } = options;
  checkInteger(where, 'splits', splits);
  checkInteger(where, 'gap', gap, 0);
  if (trainSize !== undefined) checkInteger(where, 'trainSize', trainSize);
  if (options.testSize !== undefined) checkInteger(where, 'testSize', options.testSize);
  const whole = exactArray(series);
  const [rows = 0] = whole.shape;
  const testSize = options.testSize ?? Math.max(Math.floor(rows / (splits + 1)), 1);
  const least = splits * testSize + gap + 1;
  if (rows < least) {
    const each = `${splits === 1 ? '1 test part' : `${splits} test parts`} of ${testSize}, a gap of ${gap} and a training part of at least 1`;
    throw new DataError(
      where,
      `the series has ${rows} ${rows === 1 ? 'row' : 'rows'}.`,
      `Splits take ${least}: ${each}.`,
      'Take fewer splits, or smaller parts.',
    );
  }
  return Array.from({ length: splits }, (_, i) => {
    const start = rows - (splits - i) * testSize;
    const end = start - gap;
    return {
      train: rowsOf(whole, trainSize === undefined ? 0 : Math.max(0, end - trainSize), end),
      test: rowsOf(whole, start, start + testSize),
    };
  });
}
