import { checkOptions, type HostArrayLike } from '@lstm/core';
import {
  type Batch,
  type BatchDataset,
  type BatchOptions,
  batchOptionNames,
  drawnBatches,
  drawOf,
  listsOfWeightsAt,
} from './batches.ts';
import { type SequenceOptions, type Sequences, sequenceOptionNames, windowsOf } from './sequences.ts';

/** Options of {@link windowBatches}. */
export interface WindowBatchOptions extends SequenceOptions, BatchOptions {}

/**
 * Returns what {@link createSequences} cuts out of a series in batches, as {@link batches} draws them: a dataset for `fit`,
 * `evaluate` and, with `shuffle: false`, `predict` of `@lstm/train`. The windows of a batch are cut when it is its turn, so that a long
 * series takes little more memory than itself.
 *
 * @param window - steps in a window
 * @throws DataError when the series is no `[time]` or `[time, columns]`, padded, too short for one window and its horizon, or there are too
 * few windows for a batch
 * @throws OptionError when an option is unknown or out of its range, or a target is no column; DataError for weights as `batches`
 *
 * @example
 * ```ts
 * import { windowBatches } from '@lstm/data';
 *
 * const dataset = windowBatches([1, 2, 3, 4, 5], 2, { batchSize: 2, shuffle: false });
 * for (const { x, y } of dataset) console.log(x.shape, x.data.join(' '), '|', y.data.join(' '));
 * // => [ 2, 2, 1 ] 1 2 2 3 | 3 4
 * // => [ 1, 2, 1 ] 3 4 | 5
 * ```
 */
export function windowBatches(
  series: HostArrayLike,
  window: number,
  options: WindowBatchOptions = {},
): BatchDataset<Batch & Sequences> {
  const where = 'windowBatches';
  checkOptions(where, options, [...sequenceOptionNames, ...batchOptionNames]);
  const { count, at } = windowsOf(where, series, window, options);
  const weights = listsOfWeightsAt(where, options, count);
  return drawnBatches(where, drawOf(where, count, options), (places) => ({ ...at(places), ...weights(places) }));
}
