import { checkChoice, checkRange, describeValue, nearestName, OptionError } from '@lstm/core';
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

  /**
   * @param where - function that the user called
   * @throws OptionError when an option is out of its range
   */
  constructor(where: string, options: WatchOptions) {
    const { monitor = 'valLoss', mode = 'min', minDelta = 0 } = options;
    if (typeof monitor !== 'string') {
      const fix = "Write for example monitor: 'valLoss'.";
      throw new OptionError(where, `monitor is ${describeValue(monitor)}.`, 'It is the name of a log.', fix);
    }
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
  expectLog({ better }: TrainingControl): void {
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

  /** Begins anew: calls `see` with the epochs before this fit whose logs have the one that is watched. */
  begin({ history }: TrainingControl, see: (epoch: number, logs: Logs) => void): void {
    this.best = undefined;
    for (const [i, logs] of logsByEpoch(history).entries()) {
      if (!Number.isNaN(logs[this.monitor] ?? Number.NaN)) see(history.epochs[i] as number, logs);
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
