import { checkInteger, checkOptions, type HostArray, OptionError, type Parameter } from '@lstm/core';
import type { Network } from '@lstm/layers';
import { encodeSafetensors } from '../safetensors/encode.ts';
import { build } from './build.ts';
import { isParameter, keys, modelVersion, type OptimizerState, slotPrefix, statePrefix } from './format.ts';
import { toJson } from './json.ts';

/** Options of {@link saveModel}. */
export interface SaveModelOptions {
  /** State of the optimizer, to continue training later; a promise of it while it is read. */
  readonly optimizer?: OptimizerState | Promise<OptimizerState> | undefined;
  /**
   * Whether the states that stateful layers carry are saved too, to continue in the middle of sequences. Default false: the next
   * batch starts from zeros.
   */
  readonly states?: boolean;
  /** What a trainer writes down of its training, as JSON can hold it. */
  readonly training?: unknown;
  /** Anything of your own that JSON can hold, such as a scaler's config or a vocabulary. */
  readonly extra?: unknown;
}

/**
 * Returns a safetensors file that holds a network: its parameters by name as tensors, its config in the metadata, and what `options`
 * adds. The values are those at the time of the call, also when training goes on while they are read.
 *
 * @throws OptionError when an option is unknown, `extra` is no JSON, or the network does not know its input's shape
 * @throws UnsupportedError when an option of a layer is a function, which cannot be saved
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { loadModel, saveModel } from '@lstm/io';
 * import { dense, lstm, sequential } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const network = sequential([lstm({ units: 4, inputShape: [10, 1] }), dense({ units: 1 })]);
 * const bytes = await saveModel(network, { extra: { unit: 'ppm' } });
 *
 * const loaded = loadModel(bytes);
 * const x = ones([1, 10, 1]);
 * console.log((await loaded.network.call(x).item()) === (await network.call(x).item()), loaded.extra); // => true { unit: 'ppm' }
 * ```
 */
export async function saveModel(network: Network, options: SaveModelOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('saveModel', options, ['optimizer', 'states', 'training', 'extra']);
  const { optimizer, states = false, training, extra } = options;
  build('saveModel', network);
  const metadata: Record<string, string> = {
    [keys.version]: String(modelVersion),
    [keys.network]: toJson(network.name, network.configAt('')),
  };
  if (training !== undefined) metadata[keys.training] = toJson('training', training);
  if (extra !== undefined) metadata[keys.extra] = toJson('extra', extra);
  // All reads begin before anything is awaited: a training step in between would be in some of the values only.
  const [weights, carried, state] = await Promise.all([
    valuesOf(network.parameters),
    valuesOf(states ? network.states : [], statePrefix),
    optimizer,
  ]);
  if (state !== undefined) {
    checkOptions('saveModel', state, ['config', 'iterations', 'slots']);
    const { config, iterations } = state;
    checkInteger('saveModel', 'optimizer.iterations', iterations, 0);
    metadata[keys.optimizer] = toJson('optimizer', { config, iterations });
  }
  const slots = Object.entries(state?.slots ?? {}).map(([name, slot]) => [slotPrefix + name, slot] as const);
  const tensors = [...weights, ...carried, ...slots];
  return encodeSafetensors(Object.fromEntries(tensors), metadata);
}

function valuesOf(parameters: readonly Parameter[], prefix = ''): Promise<(readonly [string, HostArray])[]> {
  const reads = parameters.map(async ({ name, shape, value }) => {
    if (!isParameter(name)) {
      const [taken] = name.split(':');
      const rule = `A file keeps ${taken}: for what is no parameter.`;
      throw new OptionError('saveModel', `parameter ${name} begins with ${taken}:.`, rule, 'Rename the layer.');
    }
    return [prefix + name, { data: await value.data(), shape }] as const;
  });
  return Promise.all(reads);
}
