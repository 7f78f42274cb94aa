import { checkOptions, FormatError, OptionError } from '@lstm/core';
import type { Optimizer } from '@lstm/optim';
import type { Callback } from '../callbacks.ts';
import { factOf } from '../fact-of.ts';
import { type LoadTrainerOptions, loadTrainer } from '../load-trainer.ts';
import { recipeHints, recipeOptions } from '../recipe.ts';
import type { Trainer } from '../trainer.ts';
import { errorToData } from './error-data.ts';
import { holdLife } from './life.ts';
import { type FitWorker, greetingIn, type Job, listen, type Outcome, type Port, post } from './messages.ts';

/** Options of {@link serveFit}: what is code and cannot be sent. */
export interface ServeFitOptions extends Omit<LoadTrainerOptions, 'optimizer'> {
  /** Makes an optimizer of your own for a fit; its slots, steps and constant rate come from the page. */
  readonly optimizer?: () => Optimizer;
  /** Makes the callbacks of a fit, which run in the worker, where the network is trained. */
  readonly callbacks?: () => readonly Callback[];
}

/** Workers that serve already. */
const serving = new WeakSet<FitWorker>();

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

/**
 * Returns the trainer that was sent.
 *
 * @throws FormatError when it takes code that this worker has not, OptionError for an optimizer of another type
 */
function trainerOf({ model, optimizer: sent }: Job, { callbacks: _, optimizer, ...recipe }: ServeFitOptions): Trainer {
  const own = optimizer?.();
  const type = own?.toConfig().type;
  if (type !== undefined && type !== sent.type) {
    const fact = `optimizer makes one of type ${type}, and the page trains with one of type ${sent.type}.`;
    throw new OptionError('serveFit', fact, 'Slots of one say nothing to another.', 'Make the same on both sides.');
  }
  try {
    const { trainer } = loadTrainer(model, { ...recipe, ...(own && { optimizer: own }) });
    if (own !== undefined && sent.learningRate !== undefined) own.learningRate = sent.learningRate;
    return trainer;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const fix = 'Give serveFit the code: serveFit({ loss, layers: { … }, optimizer: () => … }).';
    throw new FormatError('serveFit', factOf(cause), 'What cannot be sent is given in the worker.', fix, { cause });
  }
}

/** Trains as a page asks, and tells it how it goes. */
async function train(job: Job, port: Port, options: ServeFitOptions): Promise<void> {
  const stop = new AbortController();
  listen(port, 'message', () => stop.abort());
  port.start();
  const progress: Callback = {
    onEpochEnd: (number, logs) => post(port, { kind: 'epoch', number, logs }),
    ...(job.batches && { onBatchEnd: (number, logs) => post(port, { kind: 'batch', number, logs }) }),
  };
  let trainer: Trainer | undefined;
  let outcome: Outcome = { kind: 'end' };
  try {
    trainer = trainerOf(job, options);
    const callbacks = [...(options.callbacks?.() ?? []), progress];
    const history = await trainer.fit(job.x, job.y, { ...job.options, callbacks, signal: stop.signal });
    outcome = { ...outcome, history };
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
 * Lets the program that made this worker train here, with `fitInWorker`. Choose the backend before. Both sides may talk beside it: what
 * is posted for it has a key `lstm`.
 *
 * @throws OptionError when an option is unknown or no factory, this program is no worker, or serves already
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
 *   callbacks: () => [reduceLearningRate({ monitor: 'loss' })],
 * });
 * ```
 */
export function serveFit(options: ServeFitOptions): void {
  checkOptions('serveFit', options, [...recipeOptions, 'layers', 'callbacks'], recipeHints);
  for (const name of ['optimizer', 'callbacks'] as const) {
    if (options[name] === undefined || typeof options[name] === 'function') continue;
    const fix = `Write ${name}: () => ${name === 'optimizer' ? 'adam()' : '[earlyStopping()]'}.`;
    throw new OptionError('serveFit', `${name} is no function.`, 'Each fit has its own.', fix);
  }
  const endpoint = ownEndpoint();
  if (serving.has(endpoint)) {
    const rule = 'One call serves all trainers of the page.';
    throw new OptionError('serveFit', 'this worker serves already.', rule, 'Call it once, or in another worker.');
  }
  serving.add(endpoint);
  const life = holdLife(endpoint);
  const sayReady = async (): Promise<void> => post(endpoint, { lstm: 'ready', life: await life });
  listen(endpoint, 'message', (message) => {
    const greeting = greetingIn(message);
    if (greeting?.lstm === 'hello') void sayReady();
    if (greeting?.lstm === 'fit') void train(greeting.job, greeting.port, options);
  });
  // The page may have asked before this program listened.
  void sayReady();
}
