import { checkOptions, OptionError } from '@lstm/core';
import type { Optimizer } from '@lstm/optim';
import type { Callback } from '../callbacks.ts';
import { type LoadTrainerOptions, loadTrainer } from '../load-trainer.ts';
import type { Trainer } from '../trainer.ts';
import { errorToData } from './error-data.ts';
import { type FitWorker, greetingIn, type Job, listen, type Outcome, type Port, post } from './messages.ts';

/** Options of {@link serveFit}: what is code and cannot be sent. */
export interface ServeFitOptions extends Omit<LoadTrainerOptions, 'optimizer'> {
  /** Makes an optimizer of your own, for each fit; its state comes from the page. */
  readonly optimizer?: () => Optimizer;
  /** Run in the worker, where the network is trained. */
  readonly callbacks?: readonly Callback[];
}

/** Returns the worker's side of its channel. */
function ownEndpoint(): FitWorker {
  const { process, document } = globalThis as {
    readonly process?: { getBuiltinModule?(id: 'node:worker_threads'): { readonly parentPort: FitWorker | null } };
    readonly document?: unknown;
  };
  const threads = process?.getBuiltinModule?.('node:worker_threads');
  const endpoint = threads === undefined ? (globalThis as unknown as FitWorker) : threads.parentPort;
  if (endpoint !== null && typeof endpoint.postMessage === 'function' && document === undefined) return endpoint;
  throw new OptionError(
    'serveFit',
    'this program is no worker.',
    'It serves the program that made the worker.',
    'Call it in the file that new Worker(…) is given.',
  );
}

/** Trains as a page asks, and tells it how it goes. */
async function train(
  { model, x, y, options, batches }: Job,
  port: Port,
  { callbacks = [], optimizer, ...recipe }: ServeFitOptions,
): Promise<void> {
  const stop = new AbortController();
  listen(port, 'message', () => stop.abort());
  port.start();
  const progress: Callback = {
    onEpochEnd: (number, logs) => post(port, { kind: 'epoch', number, logs }),
    ...(batches && { onBatchEnd: (number, logs) => post(port, { kind: 'batch', number, logs }) }),
  };
  let trainer: Trainer | undefined;
  let outcome: Outcome = { kind: 'end' };
  try {
    ({ trainer } = loadTrainer(model, { ...recipe, ...(optimizer && { optimizer: optimizer() }) }));
    const all = [...callbacks, progress];
    outcome = { ...outcome, history: await trainer.fit(x, y, { ...options, callbacks: all, signal: stop.signal }) };
  } catch (error) {
    outcome = { ...outcome, error: errorToData(error) };
  }
  try {
    // After an error too: the weights are the last finite ones.
    const trained = await trainer?.save();
    if (trained !== undefined) outcome = { ...outcome, model: trained };
  } catch (error) {
    outcome = { error: errorToData(error), ...outcome };
  }
  post(port, outcome, outcome.model && [outcome.model.buffer]);
  trainer?.dispose();
  port.close();
}

/**
 * Lets the program that made this worker train here, with `fitInWorker`. Choose the backend before.
 *
 * @throws OptionError when an option is unknown, or this program is no worker
 *
 * @example
 * ```ts file=packages/train/test/worker/worker.ts
 * // worker.ts
 * import { useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { reduceLearningRate, serveFit } from '@lstm/train';
 *
 * await useBackend(reference());
 * serveFit({
 *   loss: 'mse',
 *   metrics: ['mae'],
 *   callbacks: [reduceLearningRate({ monitor: 'loss' })],
 * });
 * ```
 */
export function serveFit(options: ServeFitOptions): void {
  checkOptions('serveFit', options, ['loss', 'lossWeights', 'metrics', 'layers', 'optimizer', 'callbacks']);
  const endpoint = ownEndpoint();
  listen(endpoint, 'message', (message) => {
    const greeting = greetingIn(message);
    if (greeting?.lstm === 'hello') post(endpoint, { lstm: 'ready' });
    if (greeting?.lstm === 'fit') void train(greeting.job, greeting.port, options);
  });
  // The page may have asked before this program listened.
  post(endpoint, { lstm: 'ready' });
}
