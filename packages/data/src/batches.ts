import {
  allocate,
  checkInteger,
  checkOptions,
  DataError,
  dtypeOf,
  type HostArray,
  type HostArrayLike,
  hostArray,
  isHostArray,
  permutation,
  sizeOf,
} from '@lstm/core';

/** Samples that are trained on in one step. */
export interface Batch {
  /** Input, or inputs of a network with several, samples along the first axis; each with its mask where it was given with one. */
  readonly x: HostArray | readonly HostArray[];
  /** Targets, likewise. */
  readonly y: HostArray | readonly HostArray[];
  /** Factor of each sample in the loss, where weights were given; a list where they were given for each output. */
  readonly sampleWeight?: HostArray | readonly HostArray[];
}

/** Batches of the same samples, again for every epoch; a dataset for `fit` of `@lstm/train`. */
export interface BatchDataset<B extends Batch = Batch> extends Iterable<B> {
  /** In an epoch. */
  readonly batchCount: number;
  /** Whether the samples come in the order in which they were given; `predict` refuses others. */
  readonly ordered: boolean;
  /** Returns the batches of one epoch, always the same for one number. Iterating the dataset goes through epochs 0, 1, 2, … */
  epoch(epoch: number): Iterable<B>;
}

/** How samples are drawn. */
export interface BatchOptions {
  /** Samples in a batch. Default 32. */
  readonly batchSize?: number;
  /** Whether every epoch has another order. Default true. */
  readonly shuffle?: boolean;
  /** Number that the orders follow from, an integer in `[0, 2^53)`. Default 0. */
  readonly seed?: number;
  /** Whether to leave out the samples that are left when no more than a part of a batch can be filled. Default false. */
  readonly dropRemainder?: boolean;
  /**
   * Factor of each sample in the loss and in weighted metrics, `[samples]`, or of each step, `[samples, time]`; a list of host arrays holds
   * one for each output. Each stays with its sample.
   */
  readonly sampleWeight?: BatchData;
}

/** Names of {@link BatchOptions}. */
export const batchOptionNames: readonly string[] = ['batchSize', 'shuffle', 'seed', 'dropRemainder', 'sampleWeight'];

/** Checked {@link BatchOptions} and what follows from them for a number of samples. */
export interface Draw {
  readonly batchSize: number;
  readonly batchCount: number;
  readonly shuffle: boolean;
  readonly seed: number;
  /** Returns the samples of an epoch in the order in which they are drawn, without those that are left out. */
  order(epoch: number): Int32Array;
}

/**
 * Returns how `count` samples are drawn.
 *
 * @throws OptionError when an option is out of its range, DataError when there are too few samples for a batch
 */
export function drawOf(where: string, count: number, options: BatchOptions): Draw {
  const { batchSize = 32, shuffle = true, seed = 0, dropRemainder = false } = options;
  checkInteger(where, 'batchSize', batchSize);
  checkInteger(where, 'seed', seed, 0);
  if (count === 0 || (dropRemainder && count < batchSize)) {
    throw new DataError(
      where,
      `there ${count === 1 ? 'is 1 sample' : `are ${count} samples`}.`,
      dropRemainder ? `With dropRemainder every batch holds ${batchSize}.` : 'A batch holds at least one.',
      dropRemainder ? 'Lower batchSize.' : 'Check what was read.',
    );
  }
  const used = dropRemainder ? count - (count % batchSize) : count;
  const inOrder = Int32Array.from({ length: used }, (_, i) => i);
  const order = (epoch: number): Int32Array =>
    shuffle ? permutation(count, { seed, name: 'shuffle', step: epoch }).subarray(0, used) : inOrder;
  return { batchSize, batchCount: Math.ceil(used / batchSize), shuffle, seed, order };
}

/** Returns the dataset of a function that gives the batches of an epoch. */
export function datasetOf<B extends Batch>(
  where: string,
  { batchCount, ordered }: Pick<BatchDataset, 'batchCount' | 'ordered'>,
  batchesOf: (epoch: number) => Iterable<B>,
): BatchDataset<B> {
  let passes = 0;
  const epoch = (number: number): Iterable<B> => {
    checkInteger(where, 'epoch', number, 0);
    return { [Symbol.iterator]: () => batchesOf(number)[Symbol.iterator]() };
  };
  return { batchCount, ordered, epoch, [Symbol.iterator]: () => epoch(passes++)[Symbol.iterator]() };
}

/** Returns the dataset of samples that are drawn, of which `batchOf` gives those of a batch. */
export function drawnBatches<B extends Batch>(
  where: string,
  { batchSize, batchCount, shuffle, order }: Draw,
  batchOf: (places: Int32Array) => B,
): BatchDataset<B> {
  return datasetOf(where, { batchCount, ordered: !shuffle }, function* (epoch) {
    const places = order(epoch);
    for (let start = 0; start < places.length; start += batchSize) {
      yield batchOf(places.subarray(start, start + batchSize));
    }
  });
}

/** Returns some samples of an array, in the order given, with those of its mask. */
export function samplesAt({ data, shape, mask }: HostArray, places: ArrayLike<number>): HostArray {
  const [, ...rest] = shape;
  const size = sizeOf(rest);
  const samples = allocate(dtypeOf(data), places.length * size);
  for (let i = 0; i < places.length; i++) {
    const start = places[i]! * size;
    samples.set(data.subarray(start, start + size), i * size);
  }
  return { data: samples, shape: [places.length, ...rest], ...(mask && { mask: samplesAt(mask, places) }) };
}

/**
 * Returns what gives the weights of some samples.
 *
 * @param axes - at most; 1 where there is one for each sample alone
 * @throws DataError when there are not as many as samples, or one is no finite number
 */
export function weightsAt(
  where: string,
  weights: HostArray,
  count: number,
  axes: 1 | 2,
): (places: ArrayLike<number>) => HostArray {
  const { data, shape } = weights;
  const fits = shape[0] === count && shape.length <= axes;
  const bad = data.findIndex((weight) => !Number.isFinite(weight));
  if (!fits || bad >= 0) {
    throw new DataError(
      where,
      fits
        ? `sampleWeight of sample ${Math.floor((bad * count) / data.length)} is ${data[bad]}.`
        : `sampleWeight is [${shape.join(', ')}], with ${count} ${count === 1 ? 'sample' : 'samples'}.`,
      `It holds a finite number for each sample${axes === 1 ? '' : ', or for each of its steps'}.`,
      'Give 1 to those that count as usual in the loss, and 0 to those that do not.',
    );
  }
  return (places) => samplesAt(weights, places);
}

/** Returns what gives the weights of some samples, a list where they were given for each output. */
export function listsOfWeightsAt(
  where: string,
  { sampleWeight }: BatchOptions,
  count: number,
): (places: ArrayLike<number>) => Pick<Batch, 'sampleWeight'> {
  if (sampleWeight === undefined) return () => ({});
  if (!isList(sampleWeight)) {
    const at = weightsAt(where, hostArray(sampleWeight as HostArrayLike), count, 2);
    return (places) => ({ sampleWeight: at(places) });
  }
  const each = sampleWeight.map((weights) => weightsAt(where, weights, count, 2));
  return (places) => ({ sampleWeight: each.map((at) => at(places)) });
}

/** Data of one input or target, or a list of host arrays for several. */
export type BatchData = HostArrayLike | readonly HostArray[];

const isList = (data: BatchData): data is readonly HostArray[] =>
  Array.isArray(data) && data.length > 0 && data.every(isHostArray);

/**
 * Returns the samples of `x` and `y` in batches, in an order that differs from epoch to epoch and follows from the seed alone. The
 * last batch of an epoch is smaller where the samples do not fill it. Inputs and targets that come with a mask, as those of
 * {@link padSequences} do, keep it.
 *
 * @param x - samples along the first axis; a list of host arrays for a network with several inputs
 * @param y - targets, as many as samples
 * @throws DataError when there are no samples, arrays hold different numbers of them, or a weight is no finite number
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { batches } from '@lstm/data';
 *
 * const dataset = batches([[1], [2], [3]], [10, 20, 30], { batchSize: 2, shuffle: false });
 * for (const { x, y } of dataset) console.log(x, y);
 * // => { data: Float32Array(2) [ 1, 2 ], shape: [ 2, 1 ] } { data: Float32Array(2) [ 10, 20 ], shape: [ 2 ] }
 * // => { data: Float32Array(1) [ 3 ], shape: [ 1, 1 ] } { data: Float32Array(1) [ 30 ], shape: [ 1 ] }
 * ```
 */
export function batches(x: BatchData, y: BatchData, options: BatchOptions = {}): BatchDataset {
  const where = 'batches';
  checkOptions(where, options, batchOptionNames);
  const [inputs, targets] = [x, y].map((data) => (isList(data) ? data : hostArray(data as HostArrayLike)));
  const arrays = [inputs, targets].flat() as readonly HostArray[];
  const masks = arrays.flatMap(({ mask }) => mask ?? []);
  const counts = [...arrays, ...masks].map(({ shape }) => shape[0] ?? 0);
  const [count = 0] = counts;
  if (counts.some((each) => each !== count)) {
    throw new DataError(
      where,
      `the arrays of x and y${masks.length > 0 ? ' and their masks' : ''} hold ${counts.join(', ')} samples.`,
      'x and y hold one entry per sample, along the first axis.',
      'Check their shapes.',
    );
  }
  const draw = drawOf(where, count, options);
  const weights = listsOfWeightsAt(where, options, count);
  const at = (data: HostArray | readonly HostArray[], places: Int32Array): Batch['x'] =>
    isHostArray(data) ? samplesAt(data, places) : (data as readonly HostArray[]).map((each) => samplesAt(each, places));
  return drawnBatches(where, draw, (places) => ({
    x: at(inputs!, places),
    y: at(targets!, places),
    ...weights(places),
  }));
}
