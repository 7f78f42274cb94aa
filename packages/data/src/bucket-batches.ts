import {
  checkChoice,
  checkInteger,
  checkOptions,
  DataError,
  type HostArray,
  type HostArrayLike,
  hostArray,
  OptionError,
  permutation,
} from '@lstm/core';
import {
  type Batch,
  type BatchDataset,
  type BatchOptions,
  batchOptionNames,
  datasetOf,
  drawOf,
  samplesAt,
  weightsAt,
} from './batches.ts';
import { checkedPadding, type PadOptions, padded, padOptionNames } from './pad-sequences.ts';
import { type SequenceLike, sequenceList } from './sequence-list.ts';

/** Options of {@link bucketBatches}. */
export interface BucketOptions extends BatchOptions, PadOptions {
  /** Factor of each sequence in the loss and in weighted metrics, `[sequences]`. */
  readonly sampleWeight?: HostArrayLike;
  /**
   * How many groups of similar length sequences are drawn from, or the greatest length of each group, rising. More groups mean less
   * padding, fewer mean that batches differ more from epoch to epoch. Default 8.
   */
  readonly buckets?: number | readonly number[];
  /** What `y` holds: a target for each sequence, or for each step, padded with 0 as the sequence is. Default `perSequence`. */
  readonly targets?: 'perSequence' | 'perStep';
}

/** Sequences of similar length, padded to the longest of them. */
export interface PaddedBatch extends Batch {
  /** `[batch, time]`, or `[batch, time, features]` */
  readonly x: HostArray;
  readonly y: HostArray;
  readonly sampleWeight?: HostArray;
  /** Steps of each sequence that are not padding, `[batch]`. */
  readonly lengths: readonly number[];
  /** That of `x`: 1 for steps, 0 for padding, `[batch, time]`; with it layers, loss and metrics of `fit` skip the padding. */
  readonly mask: HostArray<Float32Array>;
  /** Places of the sequences in the list given. */
  readonly places: readonly number[];
}

const where = 'bucketBatches';

/**
 * Returns the greatest length of each of at most `count` groups that hold about as many sequences each, rising.
 *
 * @param lengths - of the sequences, in any order
 * @throws DataError when there are no lengths, OptionError when `count` is no integer of at least 1
 *
 * @example
 * ```ts
 * import { lengthBuckets } from '@lstm/data';
 *
 * console.log(lengthBuckets([3, 9, 4, 30, 5, 4], 3)); // => [ 4, 5, 30 ]
 * ```
 */
export function lengthBuckets(lengths: ArrayLike<number>, count: number): readonly number[] {
  checkInteger('lengthBuckets', 'count', count);
  if (lengths.length === 0) {
    throw new DataError('lengthBuckets', 'there are no lengths.', 'Buckets follow from them.', 'Check what was read.');
  }
  const rising = Float64Array.from(lengths).sort();
  const greatest = Array.from({ length: count }, (_, i) => rising[Math.ceil(((i + 1) * rising.length) / count) - 1]!);
  return [...new Set(greatest)];
}

function checkedBuckets(lengths: readonly number[], buckets: number | readonly number[]): readonly number[] {
  if (typeof buckets === 'number') {
    checkInteger(where, 'buckets', buckets);
    return lengthBuckets(lengths, buckets);
  }
  const wrong = buckets.findIndex((length, i) => !Number.isInteger(length) || !(length > (buckets[i - 1] ?? -1)));
  if (buckets.length > 0 && wrong < 0) return buckets;
  throw new OptionError(
    where,
    `buckets are [${buckets.join(', ')}].`,
    'They are the greatest lengths of the groups, whole numbers that rise.',
    'Write for example [10, 20, 50].',
  );
}

type TargetsAt = (places: readonly number[], time: number) => Pick<PaddedBatch, 'y'>;

/** Targets per sequence: rows of an array. */
function sequenceTargets(y: HostArrayLike, count: number): TargetsAt {
  const targets = hostArray(y);
  if (targets.shape[0] === count) return (places) => ({ y: samplesAt(targets, places) });
  throw new DataError(
    where,
    `there are ${count} sequences, and y is [${targets.shape.join(', ')}].`,
    'y holds one entry per sequence, along the first axis.',
    "Check y; for targets of each step write targets: 'perStep'.",
  );
}

/** Targets per step: sequences as long as those of the input. */
function stepTargets(y: readonly SequenceLike[], lengths: readonly number[], options: PadOptions): TargetsAt {
  const list = sequenceList(where, 'target', y);
  const wrong = Array.from({ length: Math.max(lengths.length, y.length) }, (_, i) => i).find(
    (i) => lengths[i] !== list.lengths[i],
  );
  if (wrong !== undefined) {
    const steps = (length: number | undefined): string =>
      length === undefined ? 'is missing' : `has ${length} ${length === 1 ? 'step' : 'steps'}`;
    throw new DataError(
      where,
      `sequence ${wrong} ${steps(lengths[wrong])}, target ${wrong} ${steps(list.lengths[wrong])}.`,
      'With targets per step y holds as many numbers or rows for each sequence as that has steps.',
      'Check y.',
    );
  }
  const { padding = 'pre', truncating = 'pre' } = options;
  const dtype = y.every(Array.isArray) ? 'float32' : list.dtype;
  return (places, time) => {
    const { data, shape, mask } = padded(list, places, time, { padding, truncating, value: 0, dtype });
    return { y: { data, shape, mask } };
  };
}

/**
 * Returns sequences of unequal lengths in batches of similar ones, each padded to the longest of its batch, so that little time goes
 * into padding. In every epoch the sequences come in another order within groups of similar length, cut into batches that come in
 * another order too; both follow from the seed alone. A dataset for `fit` of `@lstm/train`.
 *
 * Padding is as in {@link padSequences}; `maxLength` cuts longer sequences. Where a network is to find the padding by itself, as in
 * `predict`, it begins with `masking`, or `embedding({ maskZero: true })`.
 *
 * @param sequences - `[time]` or `[time, features]` each
 * @param y - targets, as many as sequences
 * @throws DataError that names the sequence when steps are not alike, or targets, weights and sequences differ in number or length
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { bucketBatches } from '@lstm/data';
 *
 * const texts = [[4, 5, 6, 7], [8], [9, 3], [3, 5, 7]];
 * const dataset = bucketBatches(texts, [1, 0, 0, 1], { batchSize: 2, seed: 3 });
 * for (const { x, y } of dataset.epoch(0)) console.log(x.shape, x.data.join(' '), y.data.join(' '));
 * // => [ 2, 4 ] 0 3 5 7 4 5 6 7 1 1
 * // => [ 2, 2 ] 0 8 9 3 0 0
 * ```
 */
export function bucketBatches(
  sequences: readonly SequenceLike[],
  y: readonly SequenceLike[],
  options: BucketOptions & { readonly targets: 'perStep' },
): BatchDataset<PaddedBatch>;
export function bucketBatches(
  sequences: readonly SequenceLike[],
  y: HostArrayLike,
  options?: BucketOptions & { readonly targets?: 'perSequence' },
): BatchDataset<PaddedBatch>;
export function bucketBatches(
  sequences: readonly SequenceLike[],
  y: HostArrayLike | readonly SequenceLike[],
  options: BucketOptions = {},
): BatchDataset<PaddedBatch> {
  checkOptions(where, options, [...batchOptionNames, 'buckets', 'targets', ...padOptionNames]);
  const { buckets = 8, targets = 'perSequence', maxLength = Number.POSITIVE_INFINITY } = options;
  const perStep = checkChoice(where, 'targets', targets, ['perSequence', 'perStep']) === 'perStep';
  const list = sequenceList(where, 'sequence', sequences);
  const padding = checkedPadding(where, 'sequence', list, options);
  const targetsAt = perStep
    ? stepTargets(y as readonly SequenceLike[], list.lengths, options)
    : sequenceTargets(y as HostArrayLike, sequences.length);
  const { sampleWeight } = options;
  const weights = sampleWeight && weightsAt(where, hostArray(sampleWeight), sequences.length, 1);
  const lengths = list.lengths.map((length) => Math.min(length, maxLength));
  const bounds = checkedBuckets(lengths, buckets);
  const groups = lengths.map((length) => bounds.filter((bound) => bound < length).length);
  const { batchSize, batchCount, order, shuffle, seed } = drawOf(where, lengths.length, options);
  return datasetOf(where, { batchCount, ordered: false }, function* (epoch) {
    // Sorting is stable: within a group the drawn order stays.
    const sorted = [...order(epoch)].sort((a, b) => groups[a]! - groups[b]!);
    const numbers = shuffle
      ? permutation(batchCount, { seed, name: 'batches', step: epoch })
      : Int32Array.from({ length: batchCount }, (_, i) => i);
    for (const number of numbers) {
      const places = sorted.slice(number * batchSize, (number + 1) * batchSize);
      const time = places.reduce((longest, place) => Math.max(longest, lengths[place]!), 1);
      const { data, shape, lengths: steps, mask } = padded(list, places, time, padding);
      const factors = weights && { sampleWeight: weights(places) };
      yield { x: { data, shape, mask }, ...targetsAt(places, time), ...factors, lengths: steps, mask, places };
    }
  });
}
