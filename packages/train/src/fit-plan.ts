import { checkBoolean, checkInteger, checkRange, OptionError } from '@lstm/core';
import type { Network } from '@lstm/layers';
import { type BatchSource, type Dataset, isDataset, sampleSource } from './batches.ts';
import type { Callback } from './callbacks.ts';
import { checkHooks, expectTargets } from './check-parts.ts';
import { datasetSource } from './dataset-source.ts';
import { givenSamples } from './given-samples.ts';
import { checkHistory, type EpochHistory } from './history.ts';
import { hostArrays, inputsOf, type SampleData, type Samples, samplesOf, sliceSamples, targetsOf } from './samples.ts';
import type { StopSignal } from './stop-signal.ts';
import type { FitOptions, ValidationData } from './trainer.ts';

/** Everything that `fit` was asked for, checked. */
export interface FitPlan {
  readonly epochs: number;
  readonly initialEpoch: number;
  readonly initialBatch: number;
  readonly history: EpochHistory | undefined;
  readonly source: BatchSource;
  readonly validation: BatchSource | undefined;
  readonly callbacks: readonly Callback[];
  readonly signal: StopSignal | undefined;
}

/**
 * Resolves to what `fit` does.
 *
 * @throws DataError, ShapeError or OptionError when data, network and options do not fit
 */
export async function fitPlan(
  network: Network,
  x: SampleData | Dataset,
  y: SampleData | undefined,
  options: FitOptions,
): Promise<FitPlan> {
  const { batchSize = 32, validationSplit = 0, shuffle = true, validationData } = options;
  const { epochs = 1, initialBatch = 0, seed = network.seed, callbacks = [], history, signal } = options;
  checkHooks('fit', callbacks, signal);
  checkInteger('fit', 'epochs', epochs);
  const initialEpoch = firstEpoch(options);
  checkInteger('fit', 'initialBatch', initialBatch, 0);
  checkBoolean('fit', 'shuffle', shuffle);
  checkInteger('fit', 'batchSize', batchSize);
  checkRange('fit', 'validationSplit', validationSplit, 0, 1, true);
  const shared = { epochs, initialEpoch, initialBatch, history, callbacks, signal };
  const validation = await validationOf(network, validationData, batchSize);
  if (isDataset(x)) return { ...shared, source: datasetSource('fit', x, options.stepsPerEpoch), validation };
  expectTargets('fit', true, x, y);
  const samples = await givenSamples('fit', network, x, y, options.sampleWeight);
  // 1 − 0.9 is a little below 0.1: a whole number stays one.
  const trained = Math.floor(samples.count * (1 - validationSplit) + 1e-6);
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
}

/** Returns the number of the first epoch: with a history the one after its last, or a later one. */
function firstEpoch({ epochs, initialEpoch, history }: FitOptions): number {
  if (history !== undefined) checkHistory('fit', history);
  const next = (history?.epochs.at(-1) ?? -1) + 1;
  if (history !== undefined && epochs === undefined) {
    const rule = 'epochs is the number of all, those of history included.';
    throw new OptionError('fit', 'epochs is missing beside history.', rule, `Write for example epochs: ${next + 1}.`);
  }
  if (initialEpoch === undefined) return next;
  checkInteger('fit', 'initialEpoch', initialEpoch, 0);
  if (initialEpoch >= next) return initialEpoch;
  throw new OptionError(
    'fit',
    `initialEpoch is ${initialEpoch}, and the last epoch of history is ${next - 1}.`,
    'Training goes on after it.',
    'Leave initialEpoch out, or pass the history of the epochs before it.',
  );
}

async function validationOf(
  network: Network,
  data: FitOptions['validationData'],
  batchSize: number,
): Promise<BatchSource | undefined> {
  if (data === undefined) return undefined;
  if (isDataset(data as Dataset)) return datasetSource('fit', data as Dataset);
  const { inputs, targets, weights } = await validationArrays('fit', network, data as ValidationData);
  const samples = samplesOf('fit', inputs, targets, weights);
  return sampleSource(samples, { batchSize, shuffle: false, seed: 0 });
}

/**
 * Resolves to validation data on the host.
 *
 * @throws OptionError when they are no list of inputs, targets and maybe weights, DataError or ShapeError when these are no arrays
 */
export async function validationArrays(
  where: string,
  network: Network,
  data: ValidationData,
): Promise<Pick<Samples, 'inputs' | 'targets' | 'weights'>> {
  if (!Array.isArray(data) || data.length < 2 || data.length > 3) {
    const rule = 'It is a list of inputs, targets and maybe sampleWeight.';
    throw new OptionError(where, 'validationData is no such data.', rule, 'Write validationData: [x, y].');
  }
  const [x, y, sampleWeight] = data as ValidationData;
  return {
    inputs: await inputsOf(where, 'validationData[0]', network, x),
    targets: await targetsOf(where, 'validationData[1]', network, y),
    weights: sampleWeight === undefined ? [] : await hostArrays(where, 'validationData[2]', sampleWeight),
  };
}
