import { checkChoice, checkRange, DataError, describeValue, type Loss, nearestName, OptionError } from '@lstm/core';
import type { Network } from '@lstm/layers';
import type { Callback } from './callbacks.ts';
import { areLists } from './recipe.ts';
import { isSampleData, type SampleData } from './samples.ts';
import type { StopSignal } from './stop-signal.ts';
import type { TrainerOptions } from './trainer.ts';

/**
 * Throws for losses, their weights or metrics by the names of outputs, as Keras takes them.
 *
 * @throws OptionError
 */
export function expectNoRecord(
  where: string,
  { loss, lossWeights, metrics }: Partial<Record<keyof TrainerOptions, unknown>>,
): void {
  const examples = { loss: "['mse', 'mae']", lossWeights: '[1, 0.5]', metrics: "[['mae'], []]" };
  for (const [name, value] of Object.entries({ loss, lossWeights, metrics })) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
    throw new OptionError(
      where,
      `${name} is ${describeValue(value)}.`,
      'What differs from output to output is a list, in the order of the outputs.',
      `Write for two outputs ${name}: ${examples[name as keyof typeof examples]}.`,
    );
  }
}

/** Throws where there is no network. */
export function expectNetwork(where: string, network: Network): void {
  if (typeof network?.runAll === 'function') return;
  const fix = 'Pass sequential([…]), model({ … }) or the network of a trainer.';
  throw new OptionError(where, 'the first argument is no network.', 'A network is what is trained and predicts.', fix);
}

/** Throws for what programs without types may leave out. */
export function checkParts(network: Network, options: TrainerOptions): void {
  const { optimizer, loss, metrics = [] } = options;
  const refuse = (fact: string, rule: string, fix: string): never => {
    throw new OptionError('createTrainer', fact, rule, fix);
  };
  expectNetwork('createTrainer', network);
  if (typeof optimizer?.step !== 'function') {
    refuse('optimizer is no optimizer.', 'An optimizer is made by a factory.', 'Write for example optimizer: adam().');
  }
  expectNoRecord('createTrainer', options);
  options.lossWeights?.forEach((weight, i) => {
    checkRange('createTrainer', `lossWeights[${i}]`, weight, Number.MIN_SAFE_INTEGER);
  });
  const losses = Array.isArray(loss) ? (loss as readonly Loss[]) : [loss];
  if (!losses.every((each) => typeof each === 'function')) {
    refuse('loss is no function.', 'A loss is a function of prediction and target.', 'Write for example loss: huber.');
  }
  for (const list of areLists(metrics) ? metrics : [metrics]) {
    const names = ['loss'];
    for (const metric of list) {
      if (typeof metric?.start !== 'function') {
        const fix = 'Write for example metrics: [mae()], or for two outputs metrics: [[mae()], []].';
        refuse('metrics holds what is no metric.', 'A metric has a name and start.', fix);
      }
      if (names.includes(metric.name)) {
        const fix = `Rename one: { ...metric, name: '${metric.name} 2' }.`;
        refuse(`two logs are named ${metric.name}.`, 'Each metric is logged by its name, beside loss.', fix);
      }
      names.push(metric.name);
    }
  }
}

/**
 * Throws unless `y` are targets; without them `x` may be meant as batches.
 *
 * @param datasets - whether the function takes a dataset in the place of arrays
 * @throws DataError
 */
export function expectTargets(where: string, datasets: boolean, x: unknown, y: unknown): asserts y is SampleData {
  if (datasets && typeof x === 'function') {
    throw new DataError(
      where,
      'x is a function.',
      'A dataset gives batches { x, y }, and is iterated anew for every epoch.',
      `Call the generator, ${where}(batches(), options), or for several epochs give { epoch: (n) => batches() }.`,
    );
  }
  if (isSampleData(y)) return;
  const empty = datasets && Array.isArray(x) && x.length === 0;
  const fact = empty ? 'x is an empty list.' : y === undefined ? 'y is missing.' : `y is ${describeValue(y)}.`;
  throw datasets
    ? new DataError(
        where,
        fact,
        'Inputs and targets come as arrays, or together as a dataset of batches { x, y }.',
        `Write ${where}(x, y, options), or ${where}([{ x, y }], options) with the x and y of each batch.`,
      )
    : new DataError(where, fact, 'Inputs and targets come as arrays.', 'Give x and y.');
}

const hooks: readonly (keyof Callback)[] = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onEpochSettled',
  'onBatchEnd',
];

const plain = (name: string): string => name.toLowerCase().replace(/[_-]/g, '');

/** Whether a function of that name is meant as a hook: `onStart`, `on_epoch_end`, `epochEnd`, `onepochnd`; not `logEpochEnd` or `once`. */
function seemsHook(name: string): boolean {
  if (/^on[A-Z_]/.test(name)) return true;
  const given = plain(name);
  if (hooks.some((hook) => given === plain(hook) || `on${given}` === plain(hook))) return true;
  return /^on.{5}/.test(given) && nearestName(name, hooks) !== undefined;
}

/** Names of the functions of an object, those of its classes included. */
function functionsOf(object: object): string[] {
  const names: string[] = [];
  for (let each = object; each !== null && each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    const own = Object.entries(Object.getOwnPropertyDescriptors(each));
    names.push(...own.filter(([, { value }]) => typeof value === 'function').map(([name]) => name));
  }
  return names;
}

/** Throws for callbacks and signals that programs without types may pass. */
export function checkHooks(where: string, callbacks: readonly Callback[], signal: StopSignal | undefined): void {
  if (!Array.isArray(callbacks) || callbacks.some((each) => typeof each !== 'object' || each === null)) {
    const fix = 'Write for example callbacks: [earlyStopping()].';
    throw new OptionError(where, 'callbacks is no list of callbacks.', 'A callback is an object with hooks.', fix);
  }
  for (const callback of callbacks) {
    for (const name of functionsOf(callback)) {
      if (seemsHook(name)) checkChoice<string>(where, 'a hook of a callback', name, hooks);
    }
  }
  if (signal === undefined || typeof signal?.aborted === 'boolean') return;
  throw new OptionError(
    where,
    'signal is no AbortSignal.',
    'A signal says whether it is aborted.',
    'Pass controller.signal.',
  );
}
