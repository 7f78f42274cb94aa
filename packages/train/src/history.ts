import type { Logs, StopReason } from './callbacks.ts';

/** What `fit` resolves to. */
export interface History {
  /** Numbers of the epochs that were finished. */
  readonly epochs: readonly number[];
  /** For each log its value after each of those epochs. */
  readonly history: { readonly loss: readonly number[]; readonly [name: string]: readonly number[] };
  /** Why training ended. */
  readonly reason: StopReason;
}

/** Collects logs by epoch. */
export class HistoryRecorder {
  readonly #epochs: number[] = [];
  readonly #history: { loss: number[]; [name: string]: number[] } = { loss: [] };

  add(epoch: number, logs: Logs): void {
    this.#epochs.push(epoch);
    for (const [name, value] of Object.entries(logs)) {
      this.#history[name] ??= [];
      this.#history[name].push(value);
    }
  }

  finish(reason: StopReason): History {
    return { epochs: this.#epochs, history: this.#history, reason };
  }
}
