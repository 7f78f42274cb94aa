import {
  binaryCrossentropy,
  categoricalCrossentropy,
  checkChoice,
  checkOptions,
  hasDefaultBackend,
  huber,
  type Loss,
  meanAbsoluteError,
  meanSquaredError,
  OptionError,
  sparseCategoricalCrossentropy,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import type { Network } from '@lstm/layers';
import { adam, adamw, type Optimizer, rmsprop, sgd } from '@lstm/optim';
import { expectNoRecord } from './check-parts.ts';
import { accuracy, f1, type Metric, mae, mse, type PerOutput, precision, recall, rmse } from './metrics.ts';
import { areLists, recipeHints, recipeOptions } from './recipe.ts';
import { createTrainer, type Trainer } from './trainer.ts';

/** Names of the losses. */
export type LossName =
  | 'mse'
  | 'meanSquaredError'
  | 'mae'
  | 'meanAbsoluteError'
  | 'huber'
  | 'binaryCrossentropy'
  | 'categoricalCrossentropy'
  | 'sparseCategoricalCrossentropy';
/** Names of the optimizers. */
export type OptimizerName = 'sgd' | 'adam' | 'adamw' | 'rmsprop';
/** Names of the metrics. */
export type MetricName = 'accuracy' | 'mae' | 'mse' | 'rmse' | 'precision' | 'recall' | 'f1';

const losses: Readonly<Record<LossName, Loss>> = {
  mse: meanSquaredError,
  meanSquaredError,
  mae: meanAbsoluteError,
  meanAbsoluteError,
  huber,
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
};

const optimizers: Readonly<Record<OptimizerName, () => Optimizer>> = { sgd, adam, adamw, rmsprop };

const metricFactories: Readonly<Record<MetricName, () => Metric>> = { accuracy, mae, mse, rmse, precision, recall, f1 };

/** How a network is trained, by names or values. */
export interface CompileOptions {
  /** By name with its default options, or made: `adam({ learningRate: 0.01 })`. */
  readonly optimizer: OptimizerName | Optimizer;
  /** One for all outputs, or a list with one for each. */
  readonly loss: LossName | Loss | readonly (LossName | Loss)[];
  /** Factors of the outputs' losses in the sum. Default 1. */
  readonly lossWeights?: readonly number[];
  /** One list for all outputs, or a list with one list for each. */
  readonly metrics?: PerOutput<MetricName | Metric>;
}

const crossentropies =
  "Use 'sparseCategoricalCrossentropy' for class numbers, 'categoricalCrossentropy' for one-hot rows, 'binaryCrossentropy' for yes or no. They take probabilities; of logits write (p, t, options) => sparseCategoricalCrossentropy(p, t, { ...options, fromLogits: true }).";
const ownMetric = "Use one of them, or write a metric of your own: { name, better: 'higher', start }.";

/** Names of other libraries, and what they are here. */
const elsewhere = {
  loss: {
    crossEntropy: crossentropies,
    crossEntropyLoss: crossentropies,
    nll: crossentropies,
    nllLoss: crossentropies,
    bceWithLogits:
      'Write (p, t, options) => binaryCrossentropy(p, t, { ...options, fromLogits: true }), with binaryCrossentropy of @lstm/core.',
    l1: "Did you mean 'mae'?",
    l1Loss: "Did you mean 'mae'?",
    l2: "Did you mean 'mse'?",
    smoothL1: "Did you mean 'huber'?",
    smoothL1Loss: "Did you mean 'huber'?",
  },
  metric: {
    meanAbsoluteError: "Did you mean 'mae'?",
    meanSquaredError: "Did you mean 'mse'?",
    rootMeanSquaredError: "Did you mean 'rmse'?",
    f1Score: "Did you mean 'f1'?",
    auc: ownMetric,
    mape: ownMetric,
    meanAbsolutePercentageError: ownMetric,
    topKCategoricalAccuracy: ownMetric,
    sparseTopKCategoricalAccuracy: ownMetric,
  },
  optimizer: {
    momentum: 'Write sgd({ momentum: 0.9 }), with sgd of @lstm/optim.',
  },
};

function namesOf<T extends string>(table: Readonly<Record<T, unknown>>): T[] {
  return Object.keys(table) as T[];
}

function lossOf(loss: LossName | Loss): Loss {
  return typeof loss === 'function'
    ? loss
    : losses[checkChoice('compile', 'loss', loss, namesOf(losses), elsewhere.loss)];
}

function metricOf(metric: MetricName | Metric): Metric {
  if (typeof metric !== 'string') return metric;
  return metricFactories[checkChoice('compile', 'metric', metric, namesOf(metricFactories), elsewhere.metric)]();
}

function metricsOf(metrics: PerOutput<MetricName | Metric>): PerOutput<Metric> {
  if (!Array.isArray(metrics)) {
    const fix = "Write for example metrics: ['mae'].";
    throw new OptionError('compile', 'metrics is no list.', 'There may be several.', fix);
  }
  const given: PerOutput<MetricName | Metric> = metrics;
  return areLists(given) ? given.map((list) => list.map(metricOf)) : given.map(metricOf);
}

function optimizerOf(optimizer: OptimizerName | Optimizer): Optimizer {
  if (typeof optimizer !== 'string') return optimizer;
  return optimizers[checkChoice('compile', 'optimizer', optimizer, namesOf(optimizers), elsewhere.optimizer)]();
}

/** Losses of probabilities, and the activation that makes them. */
const ofProbabilities: Readonly<Partial<Record<LossName, string>>> = {
  binaryCrossentropy: 'sigmoid',
  categoricalCrossentropy: 'softmax',
  sparseCategoricalCrossentropy: 'softmax',
};

/** Throws where a loss of probabilities gets numbers that are none, below 0 too; a function of your own may take what it likes. */
function expectProbabilities({ outputActivations }: Network, loss: Loss | readonly Loss[]): void {
  for (const [output, activation] of outputActivations.entries()) {
    const own = typeof loss === 'function' ? loss : loss[output];
    const name = namesOf(losses).find((each) => losses[each] === own);
    const fit = name && ofProbabilities[name];
    if (fit === undefined || (activation !== 'linear' && activation !== 'tanh')) continue;
    throw new OptionError(
      'compile',
      `the loss is ${name}, and the activation of ${outputActivations.length > 1 ? `output ${output}` : 'the output'} is ${activation}.`,
      'That loss takes probabilities, in [0, 1].',
      `End with dense({ units, activation: '${fit}' }), or for logits write (p, t, options) => ${name}(p, t, { ...options, fromLogits: true }).`,
    );
  }
}

/** Chooses the reference backend where no backend was chosen. */
export function useReferenceByDefault(): void {
  if (!hasDefaultBackend()) useBackend(reference());
}

/**
 * Returns a trainer of a network, as {@link createTrainer} does, from names. Where no backend was chosen the reference backend is.
 *
 * @throws OptionError for an unknown name, with the nearest known one, and for a cross-entropy of probabilities where the output has no
 * activation or `tanh`
 *
 * @example
 * ```ts
 * import { dense, lstm, sequential } from '@lstm/layers';
 * import { compile } from '@lstm/train';
 *
 * const model = compile(sequential([lstm({ units: 8, inputShape: [10, 1] }), dense({ units: 1 })]), {
 *   optimizer: 'adam',
 *   loss: 'mse',
 *   metrics: ['mae'],
 * });
 * console.log(model.summary().split('\n').at(-1)); // => 329 parameters
 * ```
 */
export function compile(network: Network, options: CompileOptions): Trainer {
  checkOptions('compile', options, recipeOptions, recipeHints);
  expectNoRecord('compile', options);
  const { loss, lossWeights, metrics = [] } = options;
  useReferenceByDefault();
  const used = Array.isArray(loss)
    ? (loss as readonly (LossName | Loss)[]).map(lossOf)
    : lossOf(loss as LossName | Loss);
  const trainer = createTrainer(network, {
    optimizer: optimizerOf(options.optimizer),
    loss: used,
    ...(lossWeights && { lossWeights }),
    metrics: metricsOf(metrics),
  });
  expectProbabilities(network, used);
  return trainer;
}
