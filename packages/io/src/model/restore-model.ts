import type { Network } from '@lstm/layers';
import { build } from './build.ts';
import { readModel, type SavedState } from './read-model.ts';
import { assignWeights, sameNetwork } from './weights.ts';

/**
 * Gives the parameters of `network` the values that `saveModel` wrote, as {@link loadWeights} does, and returns what was saved beside
 * them. The config in the file is not looked at: no layer is made, nor is part of a bundle for it.
 *
 * @param network - knows the shape of its input, from an `inputShape` or a first call
 * @throws FormatError when the file is malformed, is none of `saveModel`, was written by a newer version or does not fit; the network
 * is as it was; OptionError when it is no network
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { restoreModel, saveModel } from '@lstm/io';
 * import { gru, sequential } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const network = sequential([gru({ units: 2, inputShape: [null, 1], stateful: true })]);
 * network.call(ones([1, 2, 1])).dispose();
 * const bytes = await saveModel(network, { states: true, extra: { epoch: 7 } });
 *
 * const { states, extra } = restoreModel(network, bytes);
 * network.writeStates(states);
 * console.log(extra); // => { epoch: 7 }
 * ```
 */
export function restoreModel(network: Network, bytes: Uint8Array): SavedState {
  build('restoreModel', network);
  const { metadata: _, weights, ...beside } = readModel('restoreModel', bytes);
  assignWeights('restoreModel', network.parameters, weights, sameNetwork);
  return beside;
}
