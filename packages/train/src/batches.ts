import { checkInteger, DataError, describeValue, type HostArray, permutation } from '@lstm/core';
import {
  hostArrays,
  type SampleArray,
  type SampleData,
  type Samples,
  samplesOf,
  sliceSamples,
  takeSamples,
} from './samples.ts';

/** A batch that a dataset yields. */
export interface Batch {
  readonly x: SampleData;
  readonly y: SampleData;
  /** Factor of each sample in the loss, `[batch]`, or of each step, `[batch, time]`; a list holds one array for each output. */
  readonly sampleWeight?: SampleData;
  /** 0/1 `[batch, time]` of the first input; 0 marks padding, which recurrent layers then skip. */
  readonly mask?: SampleArray;
}

type Batches = AsyncIterable<Batch> | Iterable<Batch>;

/**
 * Batches that come one after the other, again for every epoch: an array, a generator's object, a stream. Those of `@lstm/data` also
 * have the two properties.
 */
export type Dataset = Batches & {
  /** How many come in an epoch; progress then shows the time left. */
  readonly batchCount?: number;
  /** Returns the batches of an epoch by its number from 0, so that a training that goes on later sees the same ones. */
  epoch?(epoch: number): Batches;
};

/** Whether data are batches; those without any are told by the type. */
export function isDataset(x: SampleData | Dataset): x is Dataset {
  if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) return false;
  if (Array.isArray(x)) return typeof x[0] === 'object' && x[0] !== null && 'x' in x[0] && 'y' in x[0];
  return Symbol.asyncIterator in x || Symbol.iterator in x;
}

/** Where batches come from. */
export interface BatchSource {
  /** In an epoch, where it is known. */
  readonly batches: number | undefined;
  /** The batches of one epoch. */
  epoch(epoch: number): AsyncIterable<Samples> | Iterable<Samples>;
  /** Lets go of a pass that was not read to its end. */
  close(): Promise<void>;
}

/** How samples are drawn. */
export interface DrawOptions {
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
}

/** Batches of samples that are held whole, in another order each epoch where they are shuffled. */
export function sampleSource(samples: Samples, { batchSize, shuffle, seed }: DrawOptions): BatchSource {
  checkInteger('fit', 'batchSize', batchSize);
  const { count } = samples;
  return {
    batches: Math.ceil(count / batchSize),
    *epoch(epoch) {
      const order = shuffle ? permutation(count, { seed, name: 'shuffle', step: epoch }) : undefined;
      for (let start = 0; start < count; start += batchSize) {
        const end = Math.min(start + batchSize, count);
        yield order === undefined
          ? sliceSamples(samples, start, end)
          : takeSamples(samples, order.subarray(start, end));
      }
    },
    close: async () => undefined,
  };
}

async function samplesOfBatch(where: string, batch: Batch): Promise<Samples> {
  if (typeof batch !== 'object' || batch === null || !('x' in batch && 'y' in batch)) {
    const fact = `the dataset gave ${describeValue(batch)}.`;
    throw new DataError(where, fact, 'Batches are { x, y }.', 'Write for example yield { x, y }.');
  }
  const { x, y, sampleWeight, mask } = batch;
  const arrays = (name: string, data: SampleData): Promise<readonly HostArray[]> =>
    hostArrays(where, `${name} of a batch`, data);
  const weights = sampleWeight === undefined ? [] : await arrays('sampleWeight', sampleWeight);
  const samples = samplesOf(where, await arrays('x', x), await arrays('y', y), weights);
  return mask === undefined ? samples : { ...samples, mask: (await arrays('mask', mask))[0] };
}

/** Batches of a dataset; with `stepsPerEpoch` an epoch goes on where the last one stopped, and starts anew at the end. */
export function datasetSource(where: string, dataset: Dataset, stepsPerEpoch?: number): BatchSource {
  if (stepsPerEpoch !== undefined) checkInteger(where, 'stepsPerEpoch', stepsPerEpoch);
  const open = (pass: number): AsyncIterator<Batch> | Iterator<Batch> => {
    const batches = typeof dataset.epoch === 'function' ? dataset.epoch(pass) : dataset;
    return Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
  };
  let iterator: AsyncIterator<Batch> | Iterator<Batch> | undefined;
  const batchCount = Array.isArray(dataset) ? dataset.length : dataset.batchCount;
  // Where an epoch begins: in which pass over the dataset, and after how many of its batches.
  const placeOf = (epoch: number): [number, number] => {
    if (stepsPerEpoch === undefined) return [epoch, 0];
    if (!batchCount) return [0, 0];
    const steps = epoch * stepsPerEpoch;
    return [Math.floor(steps / batchCount), steps % batchCount];
  };
  let pass: number | undefined;
  let reading = false;
  const close = async (): Promise<void> => {
    const open = iterator;
    iterator = undefined;
    const closed = open?.return?.();
    // A read that was given up may never end, and the dataset closes after it.
    if (reading) Promise.resolve(closed).catch(() => undefined);
    else await closed;
  };
  return {
    batches: stepsPerEpoch ?? batchCount,
    async *epoch(epoch) {
      let skip = 0;
      if (pass === undefined || stepsPerEpoch === undefined) [pass, skip] = placeOf(epoch);
      let steps = 0;
      let empty = false;
      let broken = true;
      try {
        while (stepsPerEpoch === undefined || steps < stepsPerEpoch) {
          iterator ??= open(pass++);
          reading = true;
          const { value, done } = await iterator.next();
          reading = false;
          if (done === true) {
            iterator = undefined;
            if (stepsPerEpoch === undefined && steps > 0) break;
            if (empty || stepsPerEpoch === undefined) {
              throw new DataError(
                where,
                'the dataset gave no batches.',
                'It is iterated anew for every epoch.',
                'Pass an object whose iterator starts from the beginning, not a generator that has run out.',
              );
            }
            empty = true;
            continue;
          }
          empty = false;
          if (skip > 0) {
            skip -= 1;
            continue;
          }
          steps += 1;
          yield await samplesOfBatch(where, value as Batch);
        }
        broken = false;
      } finally {
        if (broken) await close();
      }
    },
    close,
  };
}
