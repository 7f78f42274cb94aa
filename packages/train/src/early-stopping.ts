import { checkInteger, checkOptions, noGrad, type Parameter, reshape, type Tensor } from '@lstm/core';
import type { Callback } from './callbacks.ts';
import { Watch, type WatchOptions } from './watch.ts';

/** Options of {@link earlyStopping}. */
export interface EarlyStoppingOptions extends WatchOptions {
  /** Epochs without improvement after which training stops. Default 0: the first one. */
  readonly patience?: number;
  /** Give the parameters the values of the best epoch, however training ended. Default false. */
  readonly restoreBest?: boolean;
}

/**
 * Returns a callback that stops training when a log has not improved for `patience` epochs.
 *
 * @throws OptionError when an option is unknown, or in training when there is no such log
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
  checkOptions('earlyStopping', options, ['monitor', 'mode', 'minDelta', 'patience', 'restoreBest']);
  const { patience = 0, restoreBest = false } = options;
  checkInteger('earlyStopping', 'patience', patience, 0);
  let watch: Watch;
  let waited = 0;
  let best = new Map<Parameter, Tensor>();
  const forget = (): void => {
    for (const values of best.values()) values.dispose();
    best = new Map();
  };
  return {
    onTrainBegin() {
      watch = new Watch('earlyStopping', options);
      waited = 0;
      forget();
    },
    onEpochEnd(_, logs, control) {
      if (watch.improved(logs, control)) {
        waited = 0;
        if (!restoreBest) return;
        forget();
        // A second handle on the same buffer: the optimizer then writes into a new one.
        best = noGrad(() => new Map(control.network.parameters.map((each) => [each, reshape(each.value, each.shape)])));
        return;
      }
      waited += 1;
      if (waited >= Math.max(patience, 1)) control.stop();
    },
    onTrainEnd() {
      for (const [parameter, values] of best) parameter.assign(values);
      forget();
    },
  };
}
