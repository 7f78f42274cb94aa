import { nearestName, OptionError } from '@lstm/core';
import type { Logs, TrainingControl } from './callbacks.ts';

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
    this.#where = where;
    this.#options = options;
  }

  /** Returns whether the log is better than ever before, and remembers it. */
  improved(logs: Logs, { better }: TrainingControl): boolean {
    const { monitor = 'valLoss', mode, minDelta = 0 } = this.#options;
    const value = logs[monitor];
    if (value === undefined) {
      const names = Object.keys(logs);
      throw new OptionError(
        this.#where,
        `there is no log ${monitor}.`,
        `Logs are ${names.join(', ')}.`,
        monitor.startsWith('val') && !names.some((name) => name.startsWith('val'))
          ? 'Give fit validationData or validationSplit.'
          : `Did you mean ${nearestName(monitor, names)}?`,
      );
    }
    const higher = mode === undefined ? better[monitor] === 'higher' : mode === 'max';
    const { best } = this;
    const improvement = best === undefined ? Number.POSITIVE_INFINITY : higher ? value - best : best - value;
    if (!(improvement > minDelta)) return false;
    this.best = value;
    return true;
  }
}
