import { checkOptions, DataError, type HostArray, OptionError } from '@lstm/core';
import { restoreModel } from '@lstm/io';
import type { Network } from '@lstm/layers';
import type { OptimizerConfig } from '@lstm/optim';
import { type Dataset, isDataset } from '../batches.ts';
import type { Logs } from '../callbacks.ts';
import { checkHooks, expectTargets } from '../check-parts.ts';
import { validationArrays } from '../fit-plan.ts';
import { whileFitting } from '../fitting.ts';
import { givenSamples } from '../given-samples.ts';
import type { History } from '../history.ts';
import { takeState } from '../load-trainer.ts';
import type { SampleData, Samples } from '../samples.ts';
import { dataOptions, elsewhere, type FitOptions, type Trainer, type ValidationData } from '../trainer.ts';
import { refuseUnused } from '../unused-options.ts';
import { converse } from './converse.ts';
import { errorFromData } from './error-data.ts';
import type { FitWorker, Job, Progress } from './messages.ts';

/** Options of {@link fitInWorker}: those of `fit` that are data, and what is called on this side. */
export interface FitInWorkerOptions extends Omit<FitOptions, 'callbacks' | 'stepsPerEpoch' | 'validationData'> {
  /** Inputs and targets of the validation, and `sampleWeight` where its loss is to count by weight. */
  readonly validationData?: ValidationData;
  /** Called after each epoch. What it throws or rejects with ends training, and `fitInWorker` rejects with it. */
  onEpochEnd?(epoch: number, logs: Logs): unknown;
  /** Called after each batch, while the worker goes on; without it no batch is told of. */
  onBatchEnd?(batch: number, logs: Logs): unknown;
}

const names: readonly (keyof FitInWorkerOptions)[] = [...dataOptions, 'signal', 'onEpochEnd', 'onBatchEnd'];

const hints = {
  ...elsewhere,
  callbacks: 'They run in the worker: serveFit({ loss, callbacks: () => [earlyStopping()] }).',
  stepsPerEpoch: 'An epoch of arrays is all of them; datasets are code and cannot be sent.',
};

/** What is called on this side. */
type Listeners = Pick<FitInWorkerOptions, 'signal' | 'onEpochEnd' | 'onBatchEnd'>;

/** The array alone: what else a host array brings may not be data, nor what its buffer holds beside it. */
function toSend({ data, shape, mask }: HostArray): HostArray {
  const own = data.byteLength < data.buffer.byteLength ? data.slice() : data;
  return { data: own, shape: [...shape], ...(mask && { mask: toSend(mask) }) };
}

function validationToSend({
  inputs,
  targets,
  weights,
}: Pick<Samples, 'inputs' | 'targets' | 'weights'>): ValidationData {
  const pair = [inputs.map(toSend), targets.map(toSend)] as const;
  return weights.length === 0 ? pair : [...pair, weights.map(toSend)];
}

/** Resolves to what crosses to the worker. */
async function jobOf(
  { network, optimizer, save }: Trainer,
  x: SampleData,
  y: SampleData,
  options: Omit<FitInWorkerOptions, keyof Listeners>,
): Promise<Omit<Job, 'batches'>> {
  const where = 'fitInWorker';
  const { sampleWeight, validationData, ...plain } = options;
  if (isDataset(validationData as unknown as Dataset)) throw noDataset('validationData');
  expectTargets(where, false, x, y);
  const { inputs, targets, weights } = await givenSamples(where, network, x, y, sampleWeight);
  const validation = validationData && (await validationArrays(where, network, validationData));
  const { type, options: settings } = optimizer.toConfig();
  const { learningRate } = settings;
  return {
    model: await save(),
    optimizer: { type, learningRate: typeof learningRate === 'number' ? learningRate : undefined },
    x: inputs.map(toSend),
    y: targets.map(toSend),
    options: {
      ...plain,
      ...(validation && { validationData: validationToSend(validation) }),
      ...(weights.length > 0 && { sampleWeight: weights.map(toSend) }),
    },
  };
}

function noDataset(name: string): DataError {
  return new DataError(
    'fitInWorker',
    `${name} is a dataset.`,
    'Its batches are made by a program, which cannot be sent; arrays can.',
    'Pass arrays, or call fit in a worker of your own.',
  );
}

/**
 * Throws when the network was disposed meanwhile.
 *
 * @throws DisposedError
 */
function expectAlive({ parameters }: Network): void {
  for (const parameter of parameters) void parameter.value;
}

/** Gives a trainer what `save` wrote of its double in the worker. */
function takeOver({ network, optimizer }: Trainer, bytes: Uint8Array): void {
  expectAlive(network);
  const loaded = restoreModel(network, bytes);
  takeState(network, optimizer, loaded);
  // Callbacks of the worker may have changed it; a schedule follows the number of steps.
  const saved = loaded.optimizer?.config as OptimizerConfig | undefined;
  const learningRate = saved?.options.learningRate;
  if (typeof learningRate === 'number') optimizer.learningRate = learningRate;
}

/**
 * Trains in a worker as `fit` does here, to the same weights on the same backend, while this thread is free. Weights, optimizer and
 * samples cross once; after it the trainer holds what was trained, also where a signal ended it or training failed. Until then it
 * predicts with the weights of before, and what else changes it is overwritten. Loss and metrics are those that the worker gave to
 * `serveFit`. To end training early abort the signal, await the promise, and terminate the worker then.
 *
 * @param trainer - its network knows the shape of its input, or learns it from `x`
 * @param worker - a `Worker` of the browser or of `node:worker_threads`, whose program calls `serveFit`; any number of trainers may use it
 * @param x - samples along the first axis, as `fit` takes them: one array or tensor, or a list with one for each input
 * @param y - targets, one for each sample; a list for several outputs
 * @returns a promise of the history, as that of `fit`
 * @throws OptionError when an option is unknown, or another fit of the network is running
 * @throws BackendError when the worker fails or ends before training does; a browser tells of the end only where it has Web Locks, over
 *   https and on localhost, and once the worker has called `serveFit`: before that the signal ends it
 * @throws what `fit` throws, from the worker too
 *
 * @example
 * ```ts file=packages/train/test/worker/main.ts
 * // main.ts
 * import { Worker } from 'node:worker_threads';
 * import { dense, lstm, sequential } from '@lstm/layers';
 * import { compile, fitInWorker } from '@lstm/train';
 *
 * const network = sequential([lstm({ units: 8 }), dense({ units: 1 })]);
 * const model = compile(network, { optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
 * const x = [
 *   [[1], [2], [3]],
 *   [[2], [3], [4]],
 * ];
 * const y = [[4], [5]];
 *
 * const worker = new Worker(new URL('./worker.js', import.meta.url));
 * const { history, reason } = await fitInWorker(model, worker, x, y, {
 *   epochs: 50,
 *   onEpochEnd: (epoch, { loss }) => {
 *     if (epoch % 25 === 24) console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(1)}`);
 *   },
 * });
 * await worker.terminate();
 * console.log(history.mae?.length, reason, (await model.predict(x)).shape);
 * ```
 */
export async function fitInWorker(
  trainer: Trainer,
  worker: FitWorker,
  x: SampleData,
  y: SampleData,
  options: FitInWorkerOptions = {},
): Promise<History> {
  if (typeof worker?.postMessage !== 'function') {
    const fix = 'Write fitInWorker(model, new Worker(…), x, y, options).';
    throw new OptionError('fitInWorker', 'the second argument is no worker.', 'A worker trains the model.', fix);
  }
  if (isDataset(x)) throw noDataset('x');
  checkOptions('fitInWorker', options, names, hints);
  refuseUnused('fitInWorker', false, options);
  const { signal, onEpochEnd, onBatchEnd, ...rest } = options;
  checkHooks('fitInWorker', [], signal);
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    abort();
  };
  let told: Promise<unknown> = Promise.resolve();
  const tell = ({ kind, number, logs }: Progress): void => {
    try {
      expectAlive(trainer.network);
      const heard = Promise.resolve((kind === 'epoch' ? onEpochEnd : onBatchEnd)?.(number, logs)).catch(fail);
      told = told.then(() => heard);
    } catch (error) {
      fail(error);
    }
    if (signal?.aborted === true) abort();
  };
  signal?.addEventListener?.('abort', abort, { once: true });
  try {
    return await whileFitting('fitInWorker', trainer.network, async () => {
      const job = { ...(await jobOf(trainer, x, y, rest)), batches: onBatchEnd !== undefined };
      if (signal?.aborted === true) abort();
      const { history, error, model } = await converse(worker, job, tell, stop.signal);
      if (model !== undefined) takeOver(trainer, model);
      await told;
      if (failure !== undefined) throw failure.error;
      if (error !== undefined) throw errorFromData(error);
      return history as History;
    });
  } finally {
    signal?.removeEventListener?.('abort', abort);
  }
}
