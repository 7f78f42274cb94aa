import { FormatError, type HostArray } from '@lstm/core';

/** Version of the layout that {@link saveModel} writes. */
export const modelVersion = 1;

/** Keys of the metadata of a saved model; all values but the version are JSON. */
export const keys = {
  version: 'lstm.version',
  network: 'lstm.network',
  optimizer: 'lstm.optimizer',
  training: 'lstm.training',
  extra: 'lstm.extra',
} as const;

/** Begins the names of the optimizer's tensors. */
export const slotPrefix = 'optimizer:';

/** Begins the names of carried states. */
export const statePrefix = 'state:';

/** Returns whether a tensor of this name is one of the network's parameters. */
export function isParameter(name: string): boolean {
  return !name.startsWith(slotPrefix) && !name.startsWith(statePrefix);
}

/** An optimizer as data: what it needs to continue where it stopped. */
export interface OptimizerState {
  /** Settings as plain data: what `toConfig()` of an optimizer returns. */
  readonly config: unknown;
  /** Updates done so far. */
  readonly iterations: number;
  /** Contents of `state()` of an optimizer, by name. */
  readonly slots: Readonly<Record<string, HostArray>>;
}

/** Returns the error that refuses a saved model. */
export function modelError(where: string, fact: string, rule: string, fix: string, cause?: unknown): FormatError {
  return new FormatError(where, fact, rule, fix, { cause });
}
