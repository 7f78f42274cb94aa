import { checkOptions, checkRange, OptionError, sgdRule } from '@lstm/core';
import type { Optimizer } from './optimizer.ts';
import { commonOptions, createRuleOptimizer, type OptimizerOptions } from './rule-optimizer.ts';

/** Options of {@link sgd}. */
export interface SgdOptions extends OptimizerOptions {
  /** In `[0, 1)`. Default 0. */
  readonly momentum?: number;
  /** Look ahead along the velocity (Nesterov 1983); needs momentum. Default false. */
  readonly nesterov?: boolean;
  /** Added to the gradient as `weightDecay · parameter`. Default 0. */
  readonly weightDecay?: number;
}

/**
 * Returns stochastic gradient descent: `p −= lr · g`; with momentum `v' = momentum · v − lr · g` and `p += v'`, or with
 * `nesterov` `p += momentum · v' − lr · g` (Sutskever et al. 2013, Keras's formulas).
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { sgd } from '@lstm/optim';
 *
 * console.log(sgd({ learningRate: 0.1, momentum: 0.9 }).learningRate); // => 0.1
 * ```
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkOptions('sgd', options, [...commonOptions, 'weightDecay', 'momentum', 'nesterov']);
  const { momentum = 0, nesterov = false, weightDecay = 0, learningRate = 0.01 } = options;
  checkRange('sgd', 'momentum', momentum, 0, 1, true);
  if (nesterov && momentum === 0) {
    throw new OptionError('sgd', 'momentum is 0.', 'nesterov looks ahead along the momentum.', 'Set momentum: 0.9.');
  }
  const settings = { momentum, nesterov, weightDecay };
  return createRuleOptimizer('sgd', { kind: 'sgd', ...settings }, sgdRule, settings, { ...options, learningRate });
}
