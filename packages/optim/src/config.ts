import { FormatError } from '@lstm/core';
import { adam, adamw } from './adam.ts';
import type { Optimizer, OptimizerConfig } from './optimizer.ts';
import { rmsprop } from './rmsprop.ts';
import { checkConfig, scheduleFromConfig } from './schedules.ts';
import { sgd } from './sgd.ts';

const factories: Readonly<Record<string, (options: never) => Optimizer>> = { sgd, adam, adamw, rmsprop };

/**
 * Returns the optimizer that `config` describes, with no steps done.
 *
 * @throws FormatError when it is no config or the type is not known, OptionError when its options are not valid
 *
 * @example
 * ```ts
 * import { adam, optimizerFromConfig } from '@lstm/optim';
 *
 * const config = JSON.parse(JSON.stringify(adam({ learningRate: 0.01 }).toConfig()));
 * console.log(optimizerFromConfig(config).learningRate); // => 0.01
 * ```
 */
export function optimizerFromConfig(config: OptimizerConfig): Optimizer {
  checkConfig('optimizerFromConfig', config);
  const { type, options } = config;
  const factory = Object.hasOwn(factories, type) ? factories[type] : undefined;
  if (factory === undefined) {
    throw new FormatError(
      'optimizerFromConfig',
      `optimizer type ${JSON.stringify(type)} is not known.`,
      `Known are ${Object.keys(factories).join(', ')}.`,
      'Make an optimizer of your own again in code: loadTrainer(bytes, { optimizer }), or call its loadState.',
    );
  }
  const { learningRate } = options;
  const rate = typeof learningRate === 'object' ? scheduleFromConfig(learningRate) : learningRate;
  return factory({ ...options, learningRate: rate } as never);
}
