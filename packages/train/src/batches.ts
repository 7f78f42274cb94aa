import { permutation } from '@lstm/core';
import { type SampleData, type Samples, sliceSamples, takeSamples } from './samples.ts';

/** A batch to predict from. */
export interface InputBatch {
  readonly x: SampleData;
  /**
   * 0/1 `[batch, time]` of the first input; 0 marks padding, which recurrent layers then skip. A list holds one for each input. Inputs that
   * bring a `mask` of their own need none here.
   */
  readonly mask?: SampleData;
  /** Not read to predict. */
  readonly y?: SampleData;
  /** Not read to predict. */
  readonly sampleWeight?: SampleData;
}

/** A batch that a dataset yields. */
export interface Batch extends InputBatch {
  readonly y: SampleData;
  /** Factor in the loss and in weighted metrics of each sample, `[batch]`, or step, `[batch, time]`; a list holds one for each output. */
  readonly sampleWeight?: SampleData;
}

/** Batches that come one after the other. */
export type Batches<Each = Batch> = AsyncIterable<Each> | Iterable<Each>;

/** What tells how many batches come and which. */
interface Epochs<Each> {
  /** How many come in an epoch; progress then shows the time left. */
  readonly batchCount?: number;
  /** False where samples come in another order than they were given in: nobody could tell whose a prediction is. */
  readonly ordered?: boolean;
  /** Returns the batches of an epoch by its number from 0, so that a training that goes on later sees the same ones. */
  epoch(epoch: number): Batches<Each>;
}

/**
 * Batches that come one after the other, again for every epoch: an array, a generator's object, a stream; or batches by the number of the
 * epoch. Those of `@lstm/data` are both.
 */
export type Dataset<Each = Batch> = (Batches<Each> & Partial<Epochs<Each>>) | Epochs<Each>;

/** Whether data are batches. */
export function isDataset<Each extends InputBatch>(x: SampleData | Dataset<Each>): x is Dataset<Each> {
  if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) return false;
  if (Array.isArray(x)) return typeof x[0] === 'object' && x[0] !== null && 'x' in x[0];
  return Symbol.asyncIterator in x || Symbol.iterator in x || ('epoch' in x && typeof x.epoch === 'function');
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
