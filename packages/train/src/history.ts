import { checkInteger, describeValue, OptionError } from '@lstm/core';
import type { Logs, StopReason } from './callbacks.ts';

/** The epochs that were finished, and their logs. JSON can hold it. */
export interface EpochHistory {
  /** Numbers of the epochs. */
  readonly epochs: readonly number[];
  /** For each log its value after each of those epochs. */
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
    this.epochs = [...before.epochs];
    // JSON makes null of NaN, and an earlier fit may not have had a metric.
    const logs = Object.entries(before.history).map(([name, values]) => [
      name,
      this.epochs.map((_, i) => values[i] ?? Number.NaN),
    ]);
    this.history = { loss: [], ...Object.fromEntries(logs) };
  }

  add(epoch: number, logs: Logs): void {
    for (const [name, value] of Object.entries(logs)) {
      // A log that earlier fits did not have: its values stay beside their epochs.
      this.history[name] ??= this.epochs.map(() => Number.NaN);
      this.history[name].push(value);
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

/** Throws unless `value` is a history. */
export function checkHistory(where: string, value: unknown): asserts value is EpochHistory {
  const { epochs, history } = (value ?? {}) as { readonly epochs?: unknown; readonly history?: unknown };
  const logs = typeof history === 'object' && history !== null ? Object.values(history) : [undefined];
  if (!Array.isArray(epochs) || !logs.every(Array.isArray)) {
    const rule = 'It is what fit resolved to: { epochs: [0, 1], history: { loss: [2, 1] } }.';
    throw new OptionError(where, `history is ${describeValue(value)}.`, rule, 'Keep the result of fit and pass it.');
  }
  for (const epoch of epochs) checkInteger(where, 'history.epochs', epoch, 0);
}
