import { checkOptions, FormatError, type HostArray } from '@lstm/core';
import { type CustomLayers, type LayerConfig, type Network, networkFromConfig } from '@lstm/layers';
import { readSafetensors } from '../safetensors/decode.ts';
import type { SafetensorsFile } from '../safetensors/format.ts';
import { copiedValues, viewedValues } from '../safetensors/values.ts';
import { isParameter, keys, modelError, modelVersion, type OptimizerState, slotPrefix, statePrefix } from './format.ts';
import { readJson } from './json.ts';
import { assignWeights } from './weights.ts';

const where = 'loadModel';
const saveAgain = 'Save the model again with saveModel.';

/** Options of {@link loadModel}. */
export interface LoadModelOptions {
  /** Factories of layers of your own by their type. */
  readonly layers?: CustomLayers | undefined;
}

/** What a saved model holds. */
export interface LoadedModel {
  readonly network: Network;
  /** Where it was saved too. */
  readonly optimizer: OptimizerState | undefined;
  /** Carried states by name, for `writeStates` of the network, where they were saved too. */
  readonly states: Readonly<Record<string, HostArray>>;
  /** What a trainer wrote down; undefined where it was not one that saved. */
  readonly training: unknown;
  /** As given to `saveModel`; undefined where it was not. */
  readonly extra: unknown;
}

/**
 * Returns the network that `saveModel` wrote, with its parameters on the default backend and no initializer run, and what was saved
 * beside it. All layers of `@lstm/layers` are known.
 *
 * @throws FormatError when the file is malformed, holds no network, was written by a newer version, names a layer that is
 * not known, or its tensors do not fit its config
 * @throws BackendMismatchError when no backend was chosen
 *
 * @example
 * ```ts
 * import { type Tensor, mul, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { loadModel, saveModel } from '@lstm/io';
 * import { dense, Layer, type LayerOptions, sequential } from '@lstm/layers';
 *
 * class Double extends Layer {
 *   readonly type: string = 'double';
 *   constructor(options: LayerOptions = {}) {
 *     super('double', options);
 *   }
 *   protected forward([x]: readonly Tensor[]): Tensor {
 *     return mul(x as Tensor, 2);
 *   }
 * }
 *
 * await useBackend(reference());
 * const bytes = await saveModel(sequential([dense({ units: 1, inputShape: [3] }), new Double()]));
 * const { network } = loadModel(bytes, { layers: { double: (options: LayerOptions) => new Double(options) } });
 * console.log(network.layers.map(({ name }) => name)); // => [ 'dense', 'double' ]
 * ```
 */
export function loadModel(bytes: Uint8Array, options: LoadModelOptions = {}): LoadedModel {
  checkOptions(where, options, ['layers']);
  const { tensors, metadata } = readSafetensors(bytes, (file, entry) =>
    // Weights go to the backend at once, which copies them; optimizers read their tensors later.
    isParameter(entry.name) ? viewedValues(file, entry) : copiedValues(file, entry),
  );
  checkVersion(metadata);
  const optimizer = optimizerOf(metadata, tensors);
  const [training, extra] = [readJson(where, metadata, 'training'), readJson(where, metadata, 'extra')];
  const weights = Object.entries(tensors).filter(
    // A file without an optimizer has none of its tensors.
    ([name]) => isParameter(name) || (optimizer === undefined && name.startsWith(slotPrefix)),
  );
  const network = networkOf(metadata, options.layers ?? {});
  assignWeights(where, network.parameters, new Map(weights), saveAgain);
  return { network, optimizer, states: withPrefix(tensors, statePrefix), training, extra };
}

function checkVersion(metadata: SafetensorsFile['metadata']): void {
  const text = metadata[keys.version];
  if (text === undefined || metadata[keys.network] === undefined) {
    const fact = 'the file holds tensors and no network.';
    const rule = 'A whole model is a file of saveModel.';
    throw modelError(where, fact, rule, 'Make the network in code and call loadWeights(network, bytes).');
  }
  const version = Number(text);
  if (version === modelVersion) return;
  if (Number.isInteger(version) && version > modelVersion) {
    const fact = `the file was written in version ${version} of the model format.`;
    throw modelError(where, fact, `This @lstm/io reads version ${modelVersion}.`, 'Install a newer @lstm/io.');
  }
  const fact = `${keys.version} in the file is ${JSON.stringify(text.slice(0, 20))}.`;
  throw modelError(where, fact, 'It is the number of a version, from 1.', saveAgain);
}

function networkOf(metadata: SafetensorsFile['metadata'], layers: CustomLayers): Network {
  const config = readJson(where, metadata, 'network') as LayerConfig;
  try {
    const network = networkFromConfig(config, layers);
    if (!network.built) network.build();
    return network;
  } catch (error) {
    // A layer type that is not known: the error already says what to pass.
    if (error instanceof FormatError) throw error;
    throw modelError(
      where,
      `${keys.network} in the file makes no network (${error instanceof Error ? error.message : String(error)}).`,
      'It is what toConfig() of a network returned.',
      saveAgain,
      error,
    );
  }
}

function optimizerOf(
  metadata: SafetensorsFile['metadata'],
  tensors: SafetensorsFile['tensors'],
): OptimizerState | undefined {
  const saved = readJson(where, metadata, 'optimizer');
  if (saved === undefined) return undefined;
  const { config, iterations } = Object(saved) as Readonly<Record<string, unknown>>;
  if (typeof iterations !== 'number' || !Number.isSafeInteger(iterations) || iterations < 0) {
    const fact = `${keys.optimizer} in the file has no number of iterations.`;
    throw modelError(where, fact, 'It counts the updates done so far, from 0.', saveAgain);
  }
  return { config, iterations, slots: withPrefix(tensors, slotPrefix) };
}

/** Returns the tensors whose names begin with a prefix, by the rest of their names. */
function withPrefix(tensors: SafetensorsFile['tensors'], prefix: string): Record<string, HostArray> {
  const found: Record<string, HostArray> = Object.create(null);
  for (const [name, values] of Object.entries(tensors)) {
    if (name.startsWith(prefix)) found[name.slice(prefix.length)] = values;
  }
  return found;
}
