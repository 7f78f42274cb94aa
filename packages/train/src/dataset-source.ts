import { checkInteger, DataError, describeValue, type HostArray, nearestName } from '@lstm/core';
import type { Batch, Batches, BatchSource, Dataset, InputBatch } from './batches.ts';
import { hostArrays, type SampleData, type Samples, samplesOf } from './samples.ts';

/** Throws for a part of a batch that is probably meant to be used and would not be; a batch may hold more for its owner. */
function expectUsed(where: string, key: string, targets: boolean): void {
  const parts = targets ? ['x', 'y', 'sampleWeight', 'mask'] : ['x', 'mask'];
  if (parts.includes(key) || key === 'y' || key === 'sampleWeight') return;
  const names = parts.filter((part) => part.length > 1);
  const meant = nearestName(key, names) ?? (targets && /weights?$/i.test(key) ? 'sampleWeight' : undefined);
  if (meant === undefined) return;
  const rule = `What ${where} uses of a batch is ${parts.join(', ')}.`;
  throw new DataError(where, `a batch holds ${key}.`, rule, `Did you mean ${meant}?`);
}

/** Resolves to a batch on the host; without its targets and their weights where these are not asked for. */
async function samplesOfBatch(where: string, batch: InputBatch, targets: boolean): Promise<Samples> {
  if (typeof batch !== 'object' || batch === null || !('x' in batch && (!targets || 'y' in batch))) {
    const form = targets ? '{ x, y }' : '{ x }';
    const fact = `the dataset gave ${describeValue(batch)}.`;
    throw new DataError(where, fact, `Batches are ${form}.`, `Write for example yield ${form}.`);
  }
  for (const key of Object.keys(batch)) expectUsed(where, key, targets);
  const { x, mask } = batch;
  const { y, sampleWeight } = targets ? batch : {};
  const arrays = (name: string, data: SampleData): Promise<readonly HostArray[]> =>
    hostArrays(where, `${name} of a batch`, data);
  const weights = sampleWeight === undefined ? [] : await arrays('sampleWeight', sampleWeight);
  const samples = samplesOf(where, await arrays('x', x), y === undefined ? [] : await arrays('y', y), weights);
  return mask === undefined ? samples : { ...samples, masks: masksOf(where, samples, await arrays('mask', mask)) };
}

/** Returns the masks of the inputs: those that a batch gives, one for the first input or one for each, before those that inputs bring. */
function masksOf(where: string, { inputs, masks }: Samples, given: readonly HostArray[]): Samples['masks'] {
  if (given.length === 1 || given.length === inputs.length) return masks.map((mask, i) => given[i] ?? mask);
  throw new DataError(
    where,
    `mask of a batch is ${given.length} arrays.`,
    `x of the batch is ${inputs.length === 1 ? 'one array' : `${inputs.length} arrays`}.`,
    'Give a mask for each, or only that of the first.',
  );
}

function passOf<Each>(dataset: Dataset<Each>, pass: number): Batches<Each> {
  return typeof dataset.epoch === 'function' ? dataset.epoch(pass) : (dataset as Batches<Each>);
}

function noBatch(where: string): DataError {
  return new DataError(where, 'the dataset gave no batches.', 'There is at least one.', 'Check what was read.');
}

/** Gives the inputs of one pass over a dataset. */
export async function* inputBatches(where: string, dataset: Dataset<InputBatch>): AsyncIterable<Samples> {
  let empty = true;
  for await (const batch of passOf(dataset, 0)) {
    empty = false;
    yield await samplesOfBatch(where, batch, false);
  }
  if (empty) throw noBatch(where);
}

class DatasetSource implements BatchSource {
  readonly batches: number | undefined;
  readonly #where: string;
  readonly #dataset: Dataset;
  readonly #stepsPerEpoch: number | undefined;
  readonly #batchCount: number | undefined;
  #iterator: AsyncIterator<Batch> | Iterator<Batch> | undefined;
  /** The pass over the dataset that comes next; absent before the first epoch. */
  #pass: number | undefined;
  #reading = false;
  /** Batches that were read in all passes. */
  #read = 0;

  constructor(where: string, dataset: Dataset, stepsPerEpoch: number | undefined) {
    this.#where = where;
    this.#dataset = dataset;
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#batchCount = Array.isArray(dataset) ? dataset.length : dataset.batchCount;
    this.batches = stepsPerEpoch ?? this.#batchCount;
  }

  async *epoch(epoch: number): AsyncIterable<Samples> {
    const stepsPerEpoch = this.#stepsPerEpoch;
    let skip = 0;
    if (this.#pass === undefined || stepsPerEpoch === undefined) [this.#pass, skip] = this.#placeOf(epoch);
    let steps = 0;
    let empty = false;
    let broken = true;
    try {
      while (stepsPerEpoch === undefined || steps < stepsPerEpoch) {
        const { value, done } = await this.#next();
        if (done === true) {
          if (stepsPerEpoch === undefined && steps > 0) break;
          if (empty || stepsPerEpoch === undefined) throw this.#noBatches();
          empty = true;
          continue;
        }
        empty = false;
        if (skip > 0) {
          skip -= 1;
          continue;
        }
        steps += 1;
        yield await samplesOfBatch(this.#where, value, true);
      }
      broken = false;
    } finally {
      if (broken) await this.close();
    }
  }

  async close(): Promise<void> {
    const open = this.#iterator;
    this.#iterator = undefined;
    const closed = open?.return?.();
    // A read that was given up may never end, and the dataset closes after it.
    if (this.#reading) Promise.resolve(closed).catch(() => undefined);
    else await closed;
  }

  /** Where an epoch begins: in which pass over the dataset, and after how many of its batches. */
  #placeOf(epoch: number): [number, number] {
    if (this.#stepsPerEpoch === undefined) return [epoch, 0];
    if (!this.#batchCount) return [0, 0];
    const steps = epoch * this.#stepsPerEpoch;
    return [Math.floor(steps / this.#batchCount), steps % this.#batchCount];
  }

  /** Reads on in the pass that is open, or in the next one; after its end none is open. */
  async #next(): Promise<IteratorResult<Batch>> {
    this.#iterator ??= this.#open();
    this.#reading = true;
    const result = await this.#iterator.next();
    this.#reading = false;
    if (result.done === true) this.#iterator = undefined;
    else this.#read += 1;
    return result;
  }

  #open(): AsyncIterator<Batch> | Iterator<Batch> {
    const pass = this.#pass ?? 0;
    this.#pass = pass + 1;
    const batches = passOf(this.#dataset, pass);
    return Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
  }

  #noBatches(): DataError {
    if (this.#read === 0) return noBatch(this.#where);
    return new DataError(
      this.#where,
      `the dataset ran out after ${this.#read} ${this.#read === 1 ? 'batch' : 'batches'}.`,
      'Every epoch walks it anew, and a generator can be walked once.',
      'Pass what makes the batches of each epoch, { epoch: (n) => batches() }, or an array of batches.',
    );
  }
}

/** Batches of a dataset; with `stepsPerEpoch` an epoch goes on where the last one stopped, and starts anew at the end. */
export function datasetSource(where: string, dataset: Dataset, stepsPerEpoch?: number): BatchSource {
  if (stepsPerEpoch !== undefined) checkInteger(where, 'stepsPerEpoch', stepsPerEpoch);
  return new DatasetSource(where, dataset, stepsPerEpoch);
}
