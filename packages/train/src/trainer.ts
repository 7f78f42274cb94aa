import {
  type Backend,
  checkInteger,
  checkOptions,
  type HostArray,
  type Loss,
  type Session,
  type SessionOptions,
} from '@lstm/core';
import type { Network } from '@lstm/layers';
import type { Optimizer } from '@lstm/optim';
import { type Dataset, type InputBatch, isDataset, sampleSource } from './batches.ts';
import type { Callback, Logs } from './callbacks.ts';
import { checkParts, expectTargets } from './check-parts.ts';
import { datasetSource } from './dataset-source.ts';
import { evaluateAll } from './evaluate.ts';
import { runFit } from './fit.ts';
import { fitPlan } from './fit-plan.ts';
import { expectIdle, whileFitting } from './fitting.ts';
import { givenSamples } from './given-samples.ts';
import type { EpochHistory, History } from './history.ts';
import type { Metric, PerOutput } from './metrics.ts';
import { type PredictOptions, predict, predictAll, stream } from './predict.ts';
import { recipeFor, recipeHints, recipeOptions, type Training } from './recipe.ts';
import type { SampleData } from './samples.ts';
import { type SaveOptions, saveTrainer } from './save.ts';
import type { StopSignal } from './stop-signal.ts';
import { trainOnBatch } from './train-on-batch.ts';
import { refuseUnused } from './unused-options.ts';

/** How a network is trained. */
export interface TrainerOptions {
  readonly optimizer: Optimizer;
  /** One for all outputs, or a list with one for each. */
  readonly loss: Loss | readonly Loss[];
  /** Factors of the outputs' losses in the sum. Default 1. */
  readonly lossWeights?: readonly number[];
  /** One list for all outputs, or a list with one list for each. */
  readonly metrics?: PerOutput<Metric>;
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Default 32. */
  readonly batchSize?: number;
  /** Factor in the loss and in weighted metrics of each sample, `[samples]`, or step, `[samples, time]`; a list holds one for each output. */
  readonly sampleWeight?: SampleData;
}

/** Inputs, targets and weights of samples that a network is not trained on. */
export type ValidationData = readonly [x: SampleData, y: SampleData, sampleWeight?: SampleData];

/** Options of `fit`. */
export interface FitOptions {
  /** Passes over the data. Default 1. */
  readonly epochs?: number;
  /** The number of the first epoch, when training is resumed. Default 0, or with `history` the one after its last. */
  readonly initialEpoch?: number;
  /**
   * What the fit before resolved to, when training is resumed: callbacks that count epochs or know a best value go on from it, and the
   * result begins with it.
   */
  readonly history?: EpochHistory | undefined;
  /** Batches of the first epoch that were trained before it was broken off; they are left out. Default 0. */
  readonly initialBatch?: number;
  /** Samples per step. Default 32. */
  readonly batchSize?: number;
  /** Share of the samples, from the end, that is kept for validation, in `[0, 1)`. Default 0. */
  readonly validationSplit?: number;
  /** Inputs and targets of the validation, and `sampleWeight` where its loss is to count by weight; or a dataset. */
  readonly validationData?: ValidationData | Dataset;
  /** Draw the samples in another order each epoch. Default true. */
  readonly shuffle?: boolean;
  /** Seed of the order. Default that of the network. */
  readonly seed?: number;
  /** Factor in the loss and in weighted metrics of each sample, `[samples]`, or step, `[samples, time]`; a list holds one for each output. */
  readonly sampleWeight?: SampleData;
  /** Steps in an epoch of a dataset; by default one pass over it. */
  readonly stepsPerEpoch?: number;
  readonly callbacks?: readonly Callback[];
  /**
   * An `AbortSignal`: ends training after the running step, or at once while a dataset's next batch is awaited; `fit` then resolves with
   * the reason `aborted`.
   */
  readonly signal?: StopSignal | undefined;
}

/** Options of `fit` on arrays that are data. */
export const dataOptions: readonly Exclude<keyof FitOptions, 'stepsPerEpoch' | 'callbacks' | 'signal'>[] = [
  'epochs',
  'initialEpoch',
  'history',
  'initialBatch',
  'batchSize',
  'validationSplit',
  'validationData',
  'shuffle',
  'seed',
  'sampleWeight',
];

const fitOptions: readonly (keyof FitOptions)[] = [...dataOptions, 'stepsPerEpoch', 'callbacks', 'signal'];

/** Options of other libraries, and what does it here. */
export const elsewhere: Readonly<Record<string, string>> = {
  classWeight: 'Give sampleWeight: for each sample the weight of its class.',
};

/** A network with what it takes to train and use it. */
export interface Trainer {
  readonly network: Network;
  readonly optimizer: Optimizer;
  /**
   * Trains on samples, or on a dataset of batches.
   *
   * @throws NonFiniteError at the first loss or gradient that is not finite; weights and carried states are then the last finite ones
   * @throws DataError, ShapeError or OptionError when data, network and options do not fit
   */
  fit(x: SampleData, y: SampleData, options?: FitOptions): Promise<History>;
  fit(dataset: Dataset, options?: FitOptions): Promise<History>;
  /** Resolves to the loss and the metrics. */
  evaluate(x: SampleData, y: SampleData, options?: EvaluateOptions): Promise<Logs>;
  evaluate(dataset: Dataset, options?: EvaluateOptions): Promise<Logs>;
  /**
   * Resolves to the output for each sample of arrays or of a dataset, the first one where the network has several. Stateful layers go on
   * from the states that they carry, those of a running `fit` too.
   */
  predict(x: SampleData | Dataset<InputBatch>, options?: PredictOptions): Promise<HostArray<Float32Array>>;
  /** Resolves to all outputs for each sample. */
  predictAll(
    x: SampleData | Dataset<InputBatch>,
    options?: PredictOptions,
  ): Promise<readonly HostArray<Float32Array>[]>;
  /**
   * Changes the weights by one batch; resolves to the loss before, and the metrics.
   *
   * @throws NonFiniteError when loss or a gradient is not finite; weights and carried states then stay as they are
   */
  trainOnBatch(x: SampleData, y: SampleData, options?: Pick<EvaluateOptions, 'sampleWeight'>): Promise<Logs>;
  /**
   * Returns the network as a program that takes one time step at a time and keeps its state.
   *
   * @throws UnsupportedError when a layer needs more than the steps so far
   */
  stream(options?: SessionOptions): Session;
  /**
   * Resolves to a safetensors file of the network, its weights and carried states, and the optimizer, for `loadTrainer`. Write it with
   * `writeFileAtomic` of `@lstm/io/node`.
   *
   * @throws OptionError or UnsupportedError when the network, the optimizer, `history` or `extra` cannot be saved
   */
  save(options?: SaveOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Moves weights, carried states and what the optimizer keeps to another backend; training goes on there.
   *
   * @throws OptionError while a `fit` of the network is running
   */
  to(backend: Backend): Promise<void>;
  /** Returns a table of the layers. */
  summary(): string;
  /** Gives the memory of network and optimizer back; neither can be used any more. */
  dispose(): void;
}

/**
 * Returns a trainer of a network. It imports no layer, optimizer or loss: a bundle holds what you name.
 *
 * @throws OptionError when an option is unknown or a list has the wrong length
 *
 * @example
 * ```ts
 * import { meanSquaredError, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { dense, sequential } from '@lstm/layers';
 * import { sgd } from '@lstm/optim';
 * import { createTrainer } from '@lstm/train';
 *
 * await useBackend(reference());
 * const network = sequential([dense({ units: 1, inputShape: [1] })]);
 * const trainer = createTrainer(network, { optimizer: sgd({ learningRate: 0.1 }), loss: meanSquaredError });
 * await trainer.fit([[0], [1], [2]], [1, 3, 5], { epochs: 200 });
 * const { data } = await trainer.predict([[10]]);
 * console.log(Math.round(data[0] ?? 0)); // => 21
 * ```
 */
export function createTrainer(network: Network, options: TrainerOptions): Trainer {
  checkOptions('createTrainer', options, recipeOptions, recipeHints);
  checkParts(network, options);
  const { optimizer, metrics = [] } = options;
  const training: Training = { ...options, network, metrics };
  // A network that knows its inputs knows its outputs.
  if (network.inputShapes !== undefined) recipeFor(training, network.outputActivations.length);

  return {
    network,
    optimizer,
    async fit(x: SampleData | Dataset, second?: SampleData | FitOptions, third?: FitOptions): Promise<History> {
      const [y, given] = isDataset(x) ? [undefined, second as FitOptions | undefined] : [second as SampleData, third];
      checkOptions('fit', given ?? {}, fitOptions, elsewhere);
      refuseUnused('fit', isDataset(x), given ?? {});
      return whileFitting('fit', network, async () => runFit(training, await fitPlan(network, x, y, given ?? {})));
    },
    async evaluate(
      x: SampleData | Dataset,
      second?: SampleData | EvaluateOptions,
      third?: EvaluateOptions,
    ): Promise<Logs> {
      const [y, given = {}] = isDataset(x) ? [undefined, second as EvaluateOptions] : [second as SampleData, third];
      checkOptions('evaluate', given, ['batchSize', 'sampleWeight']);
      refuseUnused('evaluate', isDataset(x), given);
      if (isDataset(x)) return evaluateAll('evaluate', training, datasetSource('evaluate', x).epoch(0));
      expectTargets('evaluate', true, x, y);
      const samples = await givenSamples('evaluate', network, x, y, given.sampleWeight);
      const { batchSize = 32 } = given;
      checkInteger('evaluate', 'batchSize', batchSize);
      return evaluateAll('evaluate', training, sampleSource(samples, { batchSize, shuffle: false, seed: 0 }).epoch(0));
    },
    predict: (x, given) => predict(network, x, given),
    predictAll: (x, given) => predictAll(network, x, given),
    async trainOnBatch(x, y, given = {}) {
      checkOptions('trainOnBatch', given, ['sampleWeight']);
      expectIdle('trainOnBatch', network, 'It changes the same weights.');
      expectTargets('trainOnBatch', false, x, y);
      return trainOnBatch(training, await givenSamples('trainOnBatch', network, x, y, given.sampleWeight));
    },
    stream: (given) => stream(network, given),
    save: (given = {}) => saveTrainer(network, optimizer, given),
    async to(backend) {
      expectIdle('to', network, 'A network is moved between two fits.');
      await Promise.all([network.to(backend), optimizer.to(backend)]);
    },
    summary: () => network.summary(),
    dispose() {
      network.dispose();
      optimizer.dispose();
    },
  };
}
