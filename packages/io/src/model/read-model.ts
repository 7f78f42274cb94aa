import type { HostArray } from '@lstm/core';
import { readSafetensors } from '../safetensors/decode.ts';
import type { SafetensorsFile } from '../safetensors/format.ts';
import { copiedValues, viewedValues } from '../safetensors/values.ts';
import { isParameter, keys, modelError, modelVersion, type OptimizerState, slotPrefix, statePrefix } from './format.ts';
import { readJson } from './json.ts';

/** What a saved model holds beside its network. */
export interface SavedState {
  /** Where it was saved too. */
  readonly optimizer: OptimizerState | undefined;
  /** Carried states by name, for `writeStates` of the network, where they were saved too. */
  readonly states: Readonly<Record<string, HostArray>>;
  /** What a trainer wrote down; undefined where it was not one that saved. */
  readonly training: unknown;
  /** As given to `saveModel`; undefined where it was not. */
  readonly extra: unknown;
}

/** A saved model, read and not yet made. */
interface ModelFile extends SavedState {
  readonly metadata: SafetensorsFile['metadata'];
  /** Values of the parameters by name. */
  readonly weights: ReadonlyMap<string, HostArray>;
}

export const saveAgain = 'Save the model again with saveModel.';

/**
 * Returns what `saveModel` wrote.
 *
 * @throws FormatError when the file is malformed, holds no network or was written by a newer version
 */
export function readModel(where: string, bytes: Uint8Array): ModelFile {
  const { tensors, metadata } = readSafetensors(bytes, (file, entry) =>
    // Weights go to the backend at once, which copies them; optimizers read their tensors later.
    isParameter(entry.name) ? viewedValues(file, entry) : copiedValues(file, entry),
  );
  checkVersion(where, metadata);
  const optimizer = optimizerOf(where, metadata, tensors);
  const weights = Object.entries(tensors).filter(
    // A file without an optimizer has none of its tensors.
    ([name]) => isParameter(name) || (optimizer === undefined && name.startsWith(slotPrefix)),
  );
  return {
    metadata,
    weights: new Map(weights),
    optimizer,
    states: withPrefix(tensors, statePrefix),
    training: readJson(where, metadata, 'training'),
    extra: readJson(where, metadata, 'extra'),
  };
}

function checkVersion(where: string, metadata: SafetensorsFile['metadata']): void {
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

function optimizerOf(
  where: string,
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
