import { checkInteger, checkOptions, checkRange } from '@lstm/core';
import type { Callback, Logs, TrainingControl } from './callbacks.ts';
import { Watch, type WatchOptions } from './watch.ts';

/** Options of {@link reduceLearningRate}. */
export interface ReduceLearningRateOptions extends WatchOptions {
  /** What the rate is multiplied by, in (0, 1). Default 0.1. */
  readonly factor?: number;
  /** Epochs without improvement after which it is reduced. Default 10. */
  readonly patience?: number;
  /** The least rate; one that is below already stays. Default 0. */
  readonly minLearningRate?: number;
}

/**
 * Returns a callback that reduces the learning rate when a log has stopped improving (Keras's `ReduceLROnPlateau`).
 *
 * @throws OptionError when an option is unknown or out of its range, or as training begins when the rate is a schedule or
 *   there is no such log
 *
 * @example
 * ```ts
 * import { reduceLearningRate } from '@lstm/train';
 *
 * const callbacks = [reduceLearningRate({ monitor: 'loss', patience: 3, factor: 0.5 })];
 * console.log(callbacks.length); // => 1
 * ```
 */
export function reduceLearningRate(options: ReduceLearningRateOptions = {}): Callback {
  checkOptions('reduceLearningRate', options, ['monitor', 'mode', 'minDelta', 'factor', 'patience', 'minLearningRate']);
  const { factor = 0.1, patience = 10, minLearningRate = 0 } = options;
  checkRange('reduceLearningRate', 'factor', factor, Number.MIN_VALUE, 1, true);
  checkRange('reduceLearningRate', 'minLearningRate', minLearningRate, 0);
  checkInteger('reduceLearningRate', 'patience', patience);
  const watch = new Watch('reduceLearningRate', options);
  let waited = 0;
  /** Counts an epoch; returns whether the rate is to be reduced. */
  const count = (logs: Logs, control: TrainingControl): boolean => {
    waited = watch.improved(logs, control) ? 0 : waited + 1;
    if (waited < patience) return false;
    waited = 0;
    return true;
  };
  return {
    onTrainBegin(control) {
      watch.expectLog(control);
      waited = 0;
      // A schedule refuses it now and not at the first plateau.
      const { optimizer } = control;
      const rate = optimizer.learningRate;
      optimizer.learningRate = rate;
      watch.begin(control, (_, logs) => count(logs, control));
    },
    onEpochEnd(_, logs, control) {
      if (!count(logs, control)) return;
      const { optimizer } = control;
      const rate = optimizer.learningRate;
      if (rate > minLearningRate) optimizer.learningRate = Math.max(minLearningRate, rate * factor);
    },
  };
}
