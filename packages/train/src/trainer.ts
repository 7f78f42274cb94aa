import {
  checkInteger,
  checkOptions,
  checkRange,
  type HostArray,
  type Loss,
  OptionError,
  type Session,
  type SessionOptions,
} from '@lstm/core';
import type { Network } from '@lstm/layers';
import type { Optimizer } from '@lstm/optim';
import { type Dataset, datasetSource, sampleSource } from './batches.ts';
import type { Callback, Logs } from './callbacks.ts';
import { checkHooks, checkParts, expectTargets } from './check-parts.ts';
import { EpochLogs, readPass } from './epoch-logs.ts';
import { type FitPlan, runFit } from './fit.ts';
import { twoInFlight } from './flights.ts';
import type { History } from './history.ts';
import type { Metric } from './metrics.ts';
import { expectFinite } from './non-finite.ts';
import { Pacer } from './pacer.ts';
import { type PredictOptions, predict, predictAll, stream } from './predict.ts';
import { hostArrays, inputsOf, type SampleData, type Samples, samplesOf, sliceSamples, targetsOf } from './samples.ts';
import { type SaveOptions, saveTrainer } from './save.ts';
import { backendOf, evaluateBatch, type Recipe, trainBatch } from './step.ts';
import type { StopSignal } from './stop-signal.ts';
import { refuseUnused } from './unused-options.ts';

/** How a network is trained. */
export interface TrainerOptions {
  readonly optimizer: Optimizer;
  /** One for all outputs, or a list with one for each. */
  readonly loss: Loss | readonly Loss[];
  /** Factors of the outputs' losses in the sum. Default 1. */
  readonly lossWeights?: readonly number[];
  readonly metrics?: readonly Metric[];
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** Default 32. */
  readonly batchSize?: number;
  /** Factor of each sample in the loss, `[samples]`, or of each step, `[samples, time]`; a list holds one array for each output. */
  readonly sampleWeight?: SampleData;
}

/** Options of `fit`. */
export interface FitOptions {
  /** Passes over the data. Default 1. */
  readonly epochs?: number;
  /** The number of the first epoch, when training is resumed. Default 0. */
  readonly initialEpoch?: number;
  /** Samples per step. Default 32. */
  readonly batchSize?: number;
  /** Share of the samples, from the end, that is kept for validation, in `[0, 1)`. Default 0. */
  readonly validationSplit?: number;
  /** Inputs and targets of the validation, or a dataset. */
  readonly validationData?: readonly [SampleData, SampleData] | Dataset;
  /** Draw the samples in another order each epoch. Default true. */
  readonly shuffle?: boolean;
  /** Seed of the order. Default that of the network. */
  readonly seed?: number;
  /** Factor of each sample in the loss, `[samples]`, or of each step, `[samples, time]`; a list holds one array for each output. */
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

const fitOptions: readonly (keyof FitOptions)[] = [
  'epochs',
  'initialEpoch',
  'batchSize',
  'validationSplit',
  'validationData',
  'shuffle',
  'seed',
  'sampleWeight',
  'stepsPerEpoch',
  'callbacks',
  'signal',
];

/** Options of other libraries, and what does it here. */
const elsewhere = { classWeight: 'Give sampleWeight: for each sample the weight of its class.' };

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
   * Resolves to the output for each sample, the first one where the network has several. Stateful layers go on from the states that they
   * carry, those of a running `fit` too.
   */
  predict(x: SampleData, options?: PredictOptions): Promise<HostArray<Float32Array>>;
  /** Resolves to all outputs for each sample. */
  predictAll(x: SampleData, options?: PredictOptions): Promise<readonly HostArray<Float32Array>[]>;
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
   * @throws OptionError or UnsupportedError when the network, the optimizer or `extra` cannot be saved
   */
  save(options?: SaveOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Returns a table of the layers. */
  summary(): string;
  /** Gives the memory of network and optimizer back; neither can be used any more. */
  dispose(): void;
}

function isDataset(x: SampleData | Dataset): x is Dataset {
  if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) return false;
  if (Array.isArray(x)) return typeof x[0] === 'object' && x[0] !== null && 'x' in x[0] && 'y' in x[0];
  return Symbol.asyncIterator in x || Symbol.iterator in x;
}

/** Networks that a `fit` is running for. */
const training = new WeakSet<Network>();

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
  checkOptions('createTrainer', options, ['optimizer', 'loss', 'lossWeights', 'metrics']);
  const { optimizer, metrics = [] } = options;
  checkParts(network, options);

  const recipeFor = (outputs: number): Recipe => {
    const losses = typeof options.loss === 'function' ? Array<Loss>(outputs).fill(options.loss) : options.loss;
    const lossWeights = options.lossWeights ?? Array<number>(outputs).fill(1);
    for (const [name, list] of Object.entries({ loss: losses, lossWeights })) {
      if (list.length === outputs) continue;
      const rule = `There are ${outputs} targets, one for each output.`;
      throw new OptionError('createTrainer', `${name} holds ${list.length} entries.`, rule, 'Give one for each.');
    }
    return { network, optimizer, losses, lossWeights };
  };

  const prepared = async (
    where: string,
    x: SampleData | Dataset,
    y: SampleData | undefined,
    sampleWeight: SampleData | undefined,
  ): Promise<Samples> => {
    expectTargets(where, x, y);
    const weights = sampleWeight === undefined ? [] : await hostArrays(where, 'sampleWeight', sampleWeight);
    const inputs = await inputsOf(where, 'x', network, x as SampleData);
    const samples = samplesOf(where, inputs, await targetsOf(where, 'y', network, y), weights);
    ready(samples.inputs);
    return samples;
  };

  const ready = (inputs: readonly HostArray[]): void => {
    network.build(inputs.map(({ shape }) => [null, ...shape.slice(1)]));
  };

  const evaluate = async (source: AsyncIterable<Samples> | Iterable<Samples>): Promise<Logs> => {
    let logs = undefined as EpochLogs | undefined;
    const pacer = new Pacer();
    const launch = (batch: Samples) => {
      ready(batch.inputs);
      const recipe = recipeFor(batch.targets.length);
      logs ??= new EpochLogs(recipe, metrics);
      return { batch, read: readPass(evaluateBatch(recipe, batch), metrics.length > 0) };
    };
    await twoInFlight(source, launch, async ({ batch, read }) => {
      logs?.add(await read, batch);
      await pacer.breathe(backendOf(network));
    });
    // A source without batches has thrown.
    return (logs as EpochLogs).logs();
  };

  const planOf = async (x: SampleData | Dataset, y: SampleData | undefined, given: FitOptions): Promise<FitPlan> => {
    const { batchSize = 32, validationSplit = 0, shuffle = true, validationData } = given;
    const { epochs = 1, initialEpoch = 0, seed = network.seed, callbacks = [], signal } = given;
    checkHooks(callbacks, signal);
    checkInteger('fit', 'epochs', epochs);
    checkInteger('fit', 'initialEpoch', initialEpoch, 0);
    checkInteger('fit', 'batchSize', batchSize);
    checkRange('fit', 'validationSplit', validationSplit, 0, 1, true);
    const shared = { epochs, initialEpoch, callbacks, signal, metrics, recipeFor, evaluate, ready };
    const validation = await validationOf(validationData, batchSize);
    if (isDataset(x)) {
      return { ...shared, source: datasetSource('fit', x, given.stepsPerEpoch), validation };
    }
    const samples = await prepared('fit', x, y, given.sampleWeight);
    const trained = Math.floor(samples.count * (1 - validationSplit));
    if (trained === 0 || (validationSplit > 0 && trained === samples.count)) {
      throw new OptionError(
        'fit',
        `validationSplit is ${validationSplit} of ${samples.count} samples.`,
        'At least one sample is trained on and one validated.',
        'Change validationSplit.',
      );
    }
    const draw = { batchSize, shuffle, seed };
    if (validationSplit === 0) return { ...shared, source: sampleSource(samples, draw), validation };
    const held = sampleSource(sliceSamples(samples, trained, samples.count), { batchSize, shuffle: false, seed });
    return { ...shared, source: sampleSource(sliceSamples(samples, 0, trained), draw), validation: held };
  };

  const validationOf = async (
    data: FitOptions['validationData'],
    batchSize: number,
  ): Promise<FitPlan['validation']> => {
    if (data === undefined) return undefined;
    if (isDataset(data as Dataset)) return datasetSource('fit', data as Dataset);
    if (!Array.isArray(data) || data.length !== 2) {
      const rule = 'It is a pair of inputs and targets, or batches { x, y }.';
      throw new OptionError('fit', 'validationData is no such data.', rule, 'Write validationData: [x, y].');
    }
    const [x, y] = data as unknown as readonly [SampleData, SampleData];
    const inputs = await inputsOf('fit', 'validationData[0]', network, x);
    const samples = samplesOf('fit', inputs, await targetsOf('fit', 'validationData[1]', network, y));
    return sampleSource(samples, { batchSize, shuffle: false, seed: 0 });
  };

  const trainer: Trainer = {
    network,
    optimizer,
    async fit(x: SampleData | Dataset, second?: SampleData | FitOptions, third?: FitOptions): Promise<History> {
      const [y, given] = isDataset(x) ? [undefined, second as FitOptions | undefined] : [second as SampleData, third];
      checkOptions('fit', given ?? {}, fitOptions, elsewhere);
      refuseUnused('fit', isDataset(x), given ?? {});
      if (training.has(network)) {
        const rule = 'A network is trained by one fit at a time.';
        throw new OptionError('fit', 'another fit of this network is running.', rule, 'Await it first.');
      }
      training.add(network);
      try {
        return await runFit(network, optimizer, await planOf(x, y, given ?? {}));
      } finally {
        training.delete(network);
      }
    },
    async evaluate(
      x: SampleData | Dataset,
      second?: SampleData | EvaluateOptions,
      third?: EvaluateOptions,
    ): Promise<Logs> {
      const [y, given = {}] = isDataset(x) ? [undefined, second as EvaluateOptions] : [second as SampleData, third];
      checkOptions('evaluate', given, ['batchSize', 'sampleWeight']);
      refuseUnused('evaluate', isDataset(x), given);
      if (isDataset(x)) return evaluate(datasetSource('evaluate', x).epoch(0));
      const samples = await prepared('evaluate', x, y, given.sampleWeight);
      const { batchSize = 32 } = given;
      return evaluate(sampleSource(samples, { batchSize, shuffle: false, seed: 0 }).epoch(0));
    },
    predict: (x, given) => predict(network, x, given),
    predictAll: (x, given) => predictAll(network, x, given),
    async trainOnBatch(x, y, given = {}) {
      checkOptions('trainOnBatch', given, ['sampleWeight']);
      const batch = await prepared('trainOnBatch', x, y, given.sampleWeight);
      const recipe = recipeFor(batch.targets.length);
      const step = optimizer.iterations;
      const { pass, update, dispose } = trainBatch(recipe, batch);
      try {
        const [found, norm] = await Promise.all([readPass(pass, metrics.length > 0), update.norm.item()]);
        await expectFinite('trainOnBatch', batch, update, { step, norm, loss: found.loss });
        const logs = new EpochLogs(recipe, metrics);
        logs.add(found, batch);
        return logs.logs();
      } finally {
        dispose();
      }
    },
    stream: (given) => stream(network, given),
    save: (given = {}) => saveTrainer(network, optimizer, given),
    summary: () => network.summary(),
    dispose() {
      network.dispose();
      optimizer.dispose();
    },
  };
  return trainer;
}
