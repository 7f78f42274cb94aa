import {
  checkBoolean,
  checkInteger,
  checkOptions,
  checkRange,
  noGrad,
  type Parameter,
  reshape,
  type Tensor,
} from '@lstm/core';
import type { Callback, Logs, TrainingControl } from './callbacks.ts';
import { Watch, type WatchOptions } from './watch.ts';

/** Options of {@link earlyStopping}. */
export interface EarlyStoppingOptions extends WatchOptions {
  /** Epochs without improvement after which training stops. Default 0: the first one. */
  readonly patience?: number;
  /** The count of epochs without improvement starts anew only with a value better than this one; what improves is not stopped (Keras). */
  readonly baseline?: number;
  /** The first epoch that counts; those before may get worse, as they do while training warms up. Default 0. */
  readonly startFromEpoch?: number;
  /** Give the parameters the values of the best epoch, however training ended. Default false. */
  readonly restoreBest?: boolean;
}

const names: readonly (keyof EarlyStoppingOptions)[] = [
  'monitor',
  'mode',
  'minDelta',
  'patience',
  'baseline',
  'startFromEpoch',
  'restoreBest',
];

/** What an epoch says: whether it is the best, and whether it was one too many without a better one. */
interface Verdict {
  readonly improved: boolean;
  readonly spent: boolean;
}

/**
 * Returns a callback that stops training when a log has not improved for `patience` epochs (Keras's `EarlyStopping`).
 *
 * @throws OptionError when an option is unknown or out of its range, or as training begins when there is no such log
 *
 * @example
 * ```ts
 * import { earlyStopping } from '@lstm/train';
 *
 * const callbacks = [earlyStopping({ monitor: 'valLoss', patience: 5, restoreBest: true })];
 * console.log(callbacks.length); // => 1
 * ```
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  checkOptions('earlyStopping', options, names);
  const { patience = 0, baseline, startFromEpoch = 0, restoreBest = false } = options;
  checkInteger('earlyStopping', 'patience', patience, 0);
  checkInteger('earlyStopping', 'startFromEpoch', startFromEpoch, 0);
  if (baseline !== undefined) checkRange('earlyStopping', 'baseline', baseline, -Number.MAX_VALUE);
  checkBoolean('earlyStopping', 'restoreBest', restoreBest);
  const watch = new Watch('earlyStopping', options);
  let waited = 0;
  let best = new Map<Parameter, Tensor>();
  const forget = (): void => {
    for (const values of best.values()) values.dispose();
    best = new Map();
  };
  const count = (epoch: number, logs: Logs, control: TrainingControl): Verdict => {
    if (epoch < startFromEpoch) return { improved: false, spent: false };
    waited += 1;
    const improved = watch.improved(logs, control);
    if (improved && (baseline === undefined || watch.better(watch.best as number, baseline, control))) waited = 0;
    return { improved, spent: !improved && waited >= Math.max(patience, 1) };
  };
  return {
    onTrainBegin(control) {
      watch.expectLog(control);
      waited = 0;
      forget();
      let last: Verdict = { improved: true, spent: false };
      watch.begin(control, (epoch, logs) => {
        last = count(epoch, logs, control);
      });
      if (last.spent) control.stop();
    },
    onEpochEnd(epoch, logs, control) {
      const { improved, spent } = count(epoch, logs, control);
      if (spent) control.stop();
      if (!improved || !restoreBest) return;
      forget();
      // A second handle on the same buffer: the optimizer then writes into a new one.
      best = noGrad(() => new Map(control.network.parameters.map((each) => [each, reshape(each.value, each.shape)])));
    },
    onTrainEnd() {
      for (const [parameter, values] of best) {
        // Not those of a network that was disposed meanwhile.
        if (parameter.initialized) parameter.assign(values);
      }
      forget();
    },
  };
}
