import { checkOptions, FormatError } from '@lstm/core';
import { type CustomLayers, type LayerConfig, type Network, networkFromConfig } from '@lstm/layers';
import type { SafetensorsFile } from '../safetensors/format.ts';
import { keys, modelError } from './format.ts';
import { readJson } from './json.ts';
import { readModel, type SavedState, saveAgain } from './read-model.ts';
import { assignWeights } from './weights.ts';

const where = 'loadModel';

/** Options of {@link loadModel}. */
export interface LoadModelOptions {
  /** Factories of layers of your own by their type. */
  readonly layers?: CustomLayers | undefined;
}

/** What a saved model holds. */
export interface LoadedModel extends SavedState {
  readonly network: Network;
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
  const { metadata, weights, ...beside } = readModel(where, bytes);
  const network = networkOf(metadata, options.layers ?? {});
  assignWeights(where, network.parameters, weights, saveAgain);
  return { network, ...beside };
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
