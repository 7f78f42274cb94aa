import { checkInteger, describeValue, OptionError } from '@lstm/core';
import type { Logs, StopReason } from './callbacks.ts';

/** The epochs that were finished, and their logs. */
export interface EpochHistory {
  /** Numbers of the epochs. */
  readonly epochs: readonly number[];
  /** For each log its value after each of those epochs; NaN where an epoch had none. */
  readonly history: { readonly loss: readonly number[]; readonly [name: string]: readonly number[] };
}

/** What `fit` resolves to. */
export interface History extends EpochHistory {
  /** Why training ended. */
  readonly reason: StopReason;
}

/** Collects logs by epoch. */
export class HistoryRecorder implements EpochHistory {
  readonly epochs: number[];
  readonly history: { loss: number[]; [name: string]: number[] };

  /** @param before - epochs of earlier fits */
  constructor(before: EpochHistory = { epochs: [], history: { loss: [] } }) {
    const logs = Object.entries(before.history).map(([name, values]) => [name, [...values]]);
    this.epochs = [...before.epochs];
    this.history = { loss: [], ...Object.fromEntries(logs) };
  }

  add(epoch: number, logs: Logs): void {
    for (const name of Object.keys({ ...this.history, ...logs })) {
      this.history[name] ??= this.epochs.map(() => Number.NaN);
      this.history[name].push(logs[name] ?? Number.NaN);
    }
    this.epochs.push(epoch);
  }

  finish(reason: StopReason): History {
    const { epochs, history } = this;
    return { epochs, history, reason };
  }
}

/** Returns the logs of each epoch. */
export function logsByEpoch({ epochs, history }: EpochHistory): readonly Logs[] {
  return epochs.map(
    (_, i) => Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values[i]])) as Logs,
  );
}

/** A history as JSON can hold it: numbers that JSON has not are texts. */
export function historyToJson({ epochs, history }: EpochHistory): object {
  const logs = Object.entries(history).map(([name, values]) => [
    name,
    values.map((value) => (Number.isFinite(value) ? value : String(value))),
  ]);
  return { epochs, history: Object.fromEntries(logs) };
}

/**
 * The history that {@link historyToJson} made a value of; undefined where there is none.
 *
 * @throws OptionError when it is something else
 */
export function historyFromJson(value: unknown): EpochHistory | undefined {
  if (value === undefined) return undefined;
  const { epochs, history } = Object(value) as { readonly epochs?: unknown; readonly history?: unknown };
  const logs = Object.entries<unknown>(Object(history));
  const numbers = logs.map(([name, values]) => [name, Array.isArray(values) ? values.map(Number) : values]);
  const found: unknown = { epochs, history: Object.fromEntries(numbers) };
  checkHistory('loadTrainer', found);
  return found;
}

/**
 * Throws unless `value` is a history.
 *
 * @throws OptionError
 */
export function checkHistory(where: string, value: unknown): asserts value is EpochHistory {
  const refuse = (fact: string): never => {
    const rule = 'It is what fit resolved to: { epochs: [0, 1], history: { loss: [2, 1] } }.';
    throw new OptionError(where, fact, rule, 'Keep the result of fit and pass it.');
  };
  const { epochs, history } = Object(value) as { readonly epochs?: unknown; readonly history?: unknown };
  if (!Array.isArray(epochs) || typeof history !== 'object' || history === null) {
    return refuse(`history is ${describeValue(value)}.`);
  }
  for (const [i, epoch] of epochs.entries()) {
    checkInteger(where, 'history.epochs', epoch, 0);
    if (i > 0 && epoch <= epochs[i - 1]) return refuse(`epoch ${epoch} follows epoch ${epochs[i - 1]} in history.`);
  }
  for (const [name, values] of Object.entries<unknown>({ loss: undefined, ...history })) {
    if (!Array.isArray(values)) return refuse(`history.${name} is ${describeValue(values)}.`);
    if (values.length !== epochs.length) {
      return refuse(`history.${name} holds ${values.length} values for ${epochs.length} epochs.`);
    }
    const stray: unknown = values.find((each) => typeof each !== 'number');
    if (stray !== undefined) return refuse(`history.${name} holds ${describeValue(stray)}.`);
  }
}
