import { checkOptions, type HostArray, hostArray } from '@lstm/core';
import { type OptimizerState, saveModel } from '@lstm/io';
import type { Network } from '@lstm/layers';
import type { Optimizer } from '@lstm/optim';
import { checkHistory, type EpochHistory, historyToJson } from './history.ts';

/** Options of `save`. */
export interface SaveOptions {
  /** Anything of your own that JSON can hold, such as a scaler's config or a vocabulary. */
  readonly extra?: unknown;
  /** What `fit` resolved to, or `control.history` in a callback: `loadTrainer` gives it back for the next `fit`. */
  readonly history?: EpochHistory | undefined;
}

/** Resolves to an optimizer as data, as it is at the time of the call. */
async function stateOf(optimizer: Optimizer): Promise<OptimizerState> {
  const { iterations } = optimizer;
  const config = optimizer.toConfig();
  const reads = Object.entries(optimizer.state()).map(
    async ([name, slot]): Promise<[string, HostArray]> => [name, hostArray(await slot.data(), slot.shape)],
  );
  return { config, iterations, slots: Object.fromEntries(await Promise.all(reads)) };
}

/** Resolves to a safetensors file of a network with the states it carries, and of its optimizer. */
export async function saveTrainer(
  network: Network,
  optimizer: Optimizer,
  options: SaveOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('save', options, ['extra', 'history']);
  const { extra, history } = options;
  if (history !== undefined) checkHistory('save', history);
  const training = history && { history: historyToJson(history) };
  return saveModel(network, { extra, training, optimizer: stateOf(optimizer), states: true });
}
