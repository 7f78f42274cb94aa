import { checkChoice, checkRange, nearestName, OptionError } from '@lstm/core';
import type { Logs, TrainingControl } from './callbacks.ts';
import { logsByEpoch } from './history.ts';

/** How a callback watches a log. */
export interface WatchOptions {
  /** Name of the log. Default `valLoss`. */
  readonly monitor?: string;
  /** Which way is better. By default what the metric says, `min` for losses. */
  readonly mode?: 'min' | 'max';
  /** Least change that counts as better. Default 0. */
  readonly minDelta?: number;
}

/** Remembers the best value of a log. */
export class Watch {
  readonly #where: string;
  readonly #options: WatchOptions;
  best: number | undefined;

  constructor(where: string, options: WatchOptions) {
    const { mode = 'min', minDelta = 0 } = options;
    checkChoice(where, 'mode', mode, ['min', 'max']);
    checkRange(where, 'minDelta', minDelta, 0, Number.POSITIVE_INFINITY);
    this.#where = where;
    this.#options = options;
  }

  /** Name of the log. */
  get monitor(): string {
    return this.#options.monitor ?? 'valLoss';
  }

  /**
   * Throws before training when there will be no such log.
   *
   * @throws OptionError that names those there are
   */
  check({ better }: TrainingControl): void {
    const { monitor } = this;
    const names = Object.keys(better);
    if (names.includes(monitor)) return;
    const nearest = nearestName(monitor, names);
    throw new OptionError(
      this.#where,
      `there is no log ${monitor}.`,
      `Logs are ${names.join(', ')}.`,
      monitor.startsWith('val') && !names.some((name) => name.startsWith('val'))
        ? 'Give fit validationData or validationSplit.'
        : nearest === undefined
          ? 'Watch one of them.'
          : `Did you mean ${nearest}?`,
    );
  }

  /** Returns whether `value` is better than `than` by more than `minDelta`; NaN never is. */
  better(value: number, than: number, control: TrainingControl): boolean {
    const { mode, minDelta = 0 } = this.#options;
    const higher = mode === undefined ? control.better[this.monitor] === 'higher' : mode === 'max';
    return (higher ? value - than : than - value) > minDelta;
  }

  /** Calls `see` with the logs of the epochs before this fit, where they have the one that is watched. */
  recall(control: TrainingControl, see: (logs: Logs) => void): void {
    for (const logs of logsByEpoch(control.history)) {
      if (!Number.isNaN(logs[this.monitor] ?? Number.NaN)) see(logs);
    }
  }

  /** Returns whether the log is better than ever before, and remembers it. */
  improved(logs: Logs, control: TrainingControl): boolean {
    const value = logs[this.monitor] as number;
    const { best } = this;
    if (best === undefined ? Number.isNaN(value) : !this.better(value, best, control)) return false;
    this.best = value;
    return true;
  }
}
