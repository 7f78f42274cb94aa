import type { Network } from '@lstm/layers';
import { readSafetensors } from '../safetensors/decode.ts';
import { viewedValues } from '../safetensors/values.ts';
import { build } from './build.ts';
import { isParameter } from './format.ts';
import { assignWeights, sameNetwork } from './weights.ts';

/**
 * Gives the parameters of `network` the values in a safetensors file, matched by name: one that `saveModel` wrote, or one of any
 * other program. Configs, an optimizer's tensors and carried states in it are not read, and no initializer runs. float64 values are rounded where
 * the parameter is float32.
 *
 * @param network - knows the shape of its input, from an `inputShape` or a first call
 * @throws FormatError when the file is malformed or does not fit; its message lists every tensor that is missing, left over or
 * of another shape or type, and the network is as it was; OptionError when it is no network
 *
 * @example
 * ```ts
 * import { hostArray, ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { encodeSafetensors, loadWeights } from '@lstm/io';
 * import { dense, sequential } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const network = sequential([dense({ units: 1, inputShape: [2] })]);
 * loadWeights(network, encodeSafetensors({ 'dense/kernel': hostArray([[2], [3]]), 'dense/bias': hostArray([10]) }));
 * console.log(await network.call(ones([1, 2])).item()); // => 15
 * ```
 */
export function loadWeights(network: Network, bytes: Uint8Array): void {
  build('loadWeights', network);
  // The backend copies them.
  const { tensors } = readSafetensors(bytes, viewedValues);
  const weights = new Map(Object.entries(tensors).filter(([name]) => isParameter(name)));
  assignWeights('loadWeights', network.parameters, weights, sameNetwork);
}
