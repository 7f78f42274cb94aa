import { checkBoolean, checkOptions, describeValue, OptionError } from '@lstm/core';
import type { Callback, Logs, TrainingControl } from './callbacks.ts';
import { Watch, type WatchOptions } from './watch.ts';

/** Options of {@link checkpoint}. */
export interface CheckpointOptions extends WatchOptions {
  /**
   * Writes the model down; called after an epoch, once all callbacks have seen it, and awaited. `control.history` is what `save` of a
   * trainer and a resumed `fit` take.
   */
  readonly save: (epoch: number, logs: Logs, control: TrainingControl) => void | Promise<void>;
  /** Save only when the watched log improved. Default true. */
  readonly saveBestOnly?: boolean;
}

/**
 * Returns a callback that saves after epochs, for example with `writeFileAtomic` of `@lstm/io/node`.
 *
 * @throws OptionError when an option is unknown or out of its range, or `save` is missing
 *
 * @example
 * ```ts
 * import { checkpoint } from '@lstm/train';
 *
 * const saved: number[] = [];
 * const callback = checkpoint({ monitor: 'loss', save: (epoch) => void saved.push(epoch) });
 * console.log(typeof callback.onEpochSettled); // => function
 * ```
 */
export function checkpoint(options: CheckpointOptions): Callback {
  checkOptions('checkpoint', options, ['monitor', 'mode', 'minDelta', 'save', 'saveBestOnly']);
  const { save, saveBestOnly = true } = options;
  if (typeof save !== 'function') {
    const fix = 'Write for example save: async () => writeFileAtomic(path, await model.save()).';
    throw new OptionError('checkpoint', `save is ${describeValue(save)}.`, 'It writes the model down.', fix);
  }
  checkBoolean('checkpoint', 'saveBestOnly', saveBestOnly);
  const watch = new Watch('checkpoint', options);
  return {
    onTrainBegin(control) {
      if (saveBestOnly) watch.expectLog(control);
      watch.begin(control, (_, logs) => watch.improved(logs, control));
    },
    async onEpochSettled(epoch, logs, control) {
      if (!saveBestOnly || watch.improved(logs, control)) await save(epoch, logs, control);
    },
  };
}
