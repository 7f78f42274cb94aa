import { checkOptions, DataError } from '@lstm/core';
import { restoreModel } from '@lstm/io';
import type { OptimizerConfig } from '@lstm/optim';
import { isDataset } from '../batches.ts';
import type { Logs } from '../callbacks.ts';
import { checkHooks } from '../check-parts.ts';
import { whileFitting } from '../fitting.ts';
import { givenSamples } from '../given-samples.ts';
import type { History } from '../history.ts';
import { takeState } from '../load-trainer.ts';
import { inputsOf, type SampleData, targetsOf } from '../samples.ts';
import { dataOptions, elsewhere, type FitOptions, type Trainer } from '../trainer.ts';
import { refuseUnused } from '../unused-options.ts';
import { converse } from './converse.ts';
import { errorFromData } from './error-data.ts';
import type { FitWorker, Job, Progress } from './messages.ts';

/** Options of {@link fitInWorker}: those of `fit` that are data, and what is called on this side. */
export interface FitInWorkerOptions extends Omit<FitOptions, 'callbacks' | 'stepsPerEpoch' | 'validationData'> {
  /** Inputs and targets of the validation. */
  readonly validationData?: readonly [SampleData, SampleData];
  /** Called after each epoch. */
  onEpochEnd?(epoch: number, logs: Logs): void;
  /** Called after each batch; without it none is told of. */
  onBatchEnd?(batch: number, logs: Logs): void;
}

const names: readonly (keyof FitInWorkerOptions)[] = [...dataOptions, 'signal', 'onEpochEnd', 'onBatchEnd'];

const hints = {
  ...elsewhere,
  callbacks: 'They run in the worker: serveFit({ loss, callbacks: [earlyStopping()] }).',
};

/** What is called on this side. */
type Listeners = Pick<FitInWorkerOptions, 'signal' | 'onEpochEnd' | 'onBatchEnd'>;

/** Resolves to what crosses to the worker. */
async function jobOf(
  { network, save }: Trainer,
  x: SampleData,
  y: SampleData,
  options: Omit<FitInWorkerOptions, keyof Listeners>,
): Promise<Omit<Job, 'batches'>> {
  const where = 'fitInWorker';
  const { sampleWeight, validationData, ...plain } = options;
  const { inputs, targets, weights } = await givenSamples(where, network, x, y, sampleWeight);
  const validation = validationData && {
    validationData: [
      await inputsOf(where, 'validationData[0]', network, validationData[0]),
      await targetsOf(where, 'validationData[1]', network, validationData[1]),
    ] as const,
  };
  const data = { ...validation, ...(weights.length > 0 && { sampleWeight: weights }) };
  return { model: await save(), x: inputs, y: targets, options: { ...plain, ...data } };
}

function noDataset(): DataError {
  return new DataError(
    'fitInWorker',
    'x is a dataset.',
    'Its batches are made by a program, which cannot be sent; arrays can.',
    'Pass arrays, or call fit in a worker of your own.',
  );
}

/** Gives a trainer what `save` wrote of its double in the worker. */
function takeOver({ network, optimizer }: Trainer, bytes: Uint8Array): void {
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
 * predicts with the weights of before. Loss and metrics are those that the worker gave to `serveFit`. End training by the signal before
 * you terminate the worker: in a browser nothing tells of that, and the promise stays open.
 *
 * @param worker - a `Worker` of the browser or of `node:worker_threads`, whose program calls `serveFit`; any number of trainers may use it
 * @throws OptionError when an option is unknown, or another fit of the network is running
 * @throws BackendError when the worker fails or, in Node, ends before training does
 * @throws what `fit` throws, from the worker too
 *
 * @example
 * ```ts file=packages/train/test/worker/page.ts
 * // page.ts
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
  if (isDataset(x)) throw noDataset();
  checkOptions('fitInWorker', options, names, hints);
  refuseUnused('fitInWorker', false, options);
  const { signal, onEpochEnd, onBatchEnd, ...rest } = options;
  checkHooks([], signal);
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  signal?.addEventListener?.('abort', abort, { once: true });
  let failure: { readonly error: unknown } | undefined;
  const tell = ({ kind, number, logs }: Progress): void => {
    try {
      (kind === 'epoch' ? onEpochEnd : onBatchEnd)?.(number, logs);
    } catch (error) {
      failure ??= { error };
    }
    if (failure !== undefined || signal?.aborted === true) abort();
  };
  try {
    return await whileFitting('fitInWorker', trainer.network, async () => {
      const job = { ...(await jobOf(trainer, x, y, rest)), batches: onBatchEnd !== undefined };
      if (signal?.aborted === true) abort();
      const { history, error, model } = await converse(worker, job, tell, stop.signal);
      if (model !== undefined) takeOver(trainer, model);
      if (failure !== undefined) throw failure.error;
      if (error !== undefined) throw errorFromData(error);
      return history as History;
    });
  } finally {
    signal?.removeEventListener?.('abort', abort);
  }
}
