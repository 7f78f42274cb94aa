import {
  checkChoice,
  checkInteger,
  checkOptions,
  DataError,
  describeValue,
  type HostArray,
  openSession,
  type Session,
  type SessionOptions,
  tidy,
  type WeightPrecision,
  weightPrecisions,
  withWeightPrecision,
} from '@lstm/core';
import type { Network } from '@lstm/layers';
import { type Dataset, type InputBatch, isDataset, sampleSource } from './batches.ts';
import { expectNetwork } from './check-parts.ts';
import { inputBatches } from './dataset-source.ts';
import { twoInFlight } from './flights.ts';
import { breathe } from './pacer.ts';
import { inputsOf, joinRows, onHost, type SampleData, type Samples, samplesOf } from './samples.ts';
import { backendOf, buildFor, runNetwork } from './step.ts';
import { refuseUnused } from './unused-options.ts';

/** Options of `predict`. */
export interface PredictOptions {
  /** Samples at a time. Default 32; a dataset comes in batches. */
  readonly batchSize?: number;
  /**
   * Storage of the weights; arithmetic is float32 with either. `bfloat16` keeps eight significant bits of each weight, biases
   * excepted; on the native backend a few sequences at a time are then faster. Default `float32`.
   */
  readonly weightPrecision?: WeightPrecision;
}

/** Throws for a dataset whose answers nobody could tell apart, and for what is meant as a dataset. */
function expectDataset(where: string, x: unknown): void {
  if (typeof x === 'function' || (typeof x === 'object' && x !== null && 'x' in x)) {
    throw new DataError(
      where,
      `x is ${describeValue(x)}.`,
      'Samples come as arrays, or as a dataset of batches { x }.',
      typeof x === 'function' ? `Call the generator: ${where}(batches()).` : `Write ${where}(x), or ${where}([{ x }]).`,
    );
  }
  if ((x as { readonly ordered?: boolean } | undefined)?.ordered !== false) return;
  throw new DataError(
    where,
    'the dataset gives its samples in another order.',
    'Predictions come in the order of the batches.',
    'Make it by batches() or windowBatches() with shuffle: false; bucketBatches() sorts by length.',
  );
}

/** Resolves to all outputs of a network, batch after batch, for the function `where`. */
async function outputsOf(
  where: string,
  network: Network,
  x: SampleData | Dataset<InputBatch>,
  options: PredictOptions,
): Promise<readonly HostArray<Float32Array>[]> {
  expectNetwork(where, network);
  checkOptions(where, options, ['batchSize', 'weightPrecision']);
  refuseUnused(where, isDataset(x), options);
  const { batchSize = 32, weightPrecision = 'float32' } = options;
  checkInteger(where, 'batchSize', batchSize);
  checkChoice(where, 'weightPrecision', weightPrecision, weightPrecisions);
  expectDataset(where, x);
  const source = isDataset(x)
    ? inputBatches(where, x)
    : sampleSource(samplesOf(where, await inputsOf(where, 'x', network, x)), {
        batchSize,
        shuffle: false,
        seed: 0,
      }).epoch(0);
  const parts: HostArray[][] = [];
  const backend = backendOf(network);
  const launch = (batch: Samples) => {
    buildFor(network, batch);
    const { outputs, masks } = withWeightPrecision(weightPrecision, () => tidy(() => runNetwork(network, batch)));
    const read = outputs.map(async (output, i) => {
      const [array, mask] = await Promise.all([output, masks[i]].map((each) => each && onHost(each)));
      return { ...(array as HostArray), ...(mask && { mask }) };
    });
    return {
      read: Promise.all(read),
      drop: () => {
        for (const tensor of [...outputs, ...masks]) tensor?.dispose();
      },
    };
  };
  await twoInFlight(source, launch, async ({ read }) => {
    for (const [i, array] of (await read).entries()) {
      parts[i] ??= [];
      parts[i].push(array);
    }
    await breathe(backend);
  });
  return parts.map((each) => joinRows(where, each) as HostArray<Float32Array>);
}

/**
 * Resolves to all outputs of a network for each sample, as `predictAll` of a trainer; see {@link predict}. Outputs whose steps are
 * padding in part bring their `mask` along.
 *
 * @throws DataError, ShapeError or OptionError when data, network and options do not fit
 *
 * @example
 * ```ts
 * import { useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { input, lstm, model } from '@lstm/layers';
 * import { predictAll } from '@lstm/train';
 *
 * await useBackend(reference());
 * const series = input({ shape: [null, 1] });
 * const network = model({ inputs: series, outputs: lstm({ units: 4, returnState: true }).applyAll(series) });
 * const [y, h, c] = await predictAll(network, [[[1], [2], [3]]]);
 * console.log(y?.shape, h?.shape, c?.shape); // => [ 1, 4 ] [ 1, 4 ] [ 1, 4 ]
 * ```
 */
export async function predictAll(
  network: Network,
  x: SampleData | Dataset<InputBatch>,
  options: PredictOptions = {},
): Promise<readonly HostArray<Float32Array>[]> {
  return outputsOf('predictAll', network, x, options);
}

/**
 * Resolves to the output of a network for each sample, the first one where there are several: what `predict` of a trainer does, for
 * a network that was loaded only to be used. Where the network answers at every step of padded sequences, the output brings its `mask`
 * along: 1 for answers to steps, 0 for those to padding.
 *
 * @param x - samples along the first axis: one array or tensor, or a list with one for each input; or a dataset of batches `{ x }`, whose
 *   targets, if it has some, are not read; those of `@lstm/data` are made with `shuffle: false`
 * @returns a promise of the outputs, in the order of the samples or batches
 * @throws DataError, ShapeError or OptionError when data, network and options do not fit
 *
 * @example
 * ```ts
 * import { useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { loadModel, saveModel } from '@lstm/io';
 * import { dense, lstm, sequential } from '@lstm/layers';
 * import { predict } from '@lstm/train';
 *
 * await useBackend(reference());
 * const bytes = await saveModel(sequential([lstm({ units: 4, inputShape: [null, 1] }), dense({ units: 1 })]));
 *
 * const { network } = loadModel(bytes);
 * console.log((await predict(network, [[[1], [2], [3]]])).shape); // => [ 1, 1 ]
 * ```
 */
export async function predict(
  network: Network,
  x: SampleData | Dataset<InputBatch>,
  options: PredictOptions = {},
): Promise<HostArray<Float32Array>> {
  const [first] = await outputsOf('predict', network, x, options);
  return first as HostArray<Float32Array>;
}

/**
 * Returns a network as a program that takes one time step at a time and keeps its state, as `stream` of a trainer does.
 *
 * @throws UnsupportedError when a layer needs more than the steps so far
 *
 * @example
 * ```ts
 * import { useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { dense, lstm, sequential } from '@lstm/layers';
 * import { stream } from '@lstm/train';
 *
 * await useBackend(reference());
 * const session = stream(sequential([lstm({ units: 4, inputShape: [null, 1] }), dense({ units: 1 })]));
 * const output = new Float32Array(1);
 * for (const value of [1, 2, 3]) session.step(Float32Array.of(value), output);
 * session.dispose();
 * ```
 */
export function stream(network: Network, options: SessionOptions = {}): Session {
  expectNetwork('stream', network);
  network.build();
  return openSession(network.sessionLayers(), options, network.sessionKinds);
}
