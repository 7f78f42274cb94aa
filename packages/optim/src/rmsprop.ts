import { checkOptions, checkRange, rmspropRule } from '@lstm/core';
import type { Optimizer } from './optimizer.ts';
import { commonOptions, createRuleOptimizer, type OptimizerOptions } from './rule-optimizer.ts';

/** Options of RMSprop's moving averages. */
export interface RmsNumbers {
  /** Decay of the mean of the squared gradient, in `[0, 1)`. Default 0.9. */
  readonly rho?: number;
  /** Added under the root, positive. Default 1e-7. */
  readonly epsilon?: number;
  /** Divide by the variance of the gradient instead of the mean of its square (Graves 2013). Default false. */
  readonly centered?: boolean;
}

/** Names of {@link RmsNumbers}, for checks. */
export const rmsNames = ['rho', 'epsilon', 'centered'] as const;

/** Returns {@link RmsNumbers} with their defaults, checked. */
export function rmsNumbers(where: string, options: RmsNumbers): Required<RmsNumbers> {
  const { rho = 0.9, epsilon = 1e-7, centered = false } = options;
  checkRange(where, 'rho', rho, 0, 1, true);
  checkRange(where, 'epsilon', epsilon, Number.MIN_VALUE);
  return { rho, epsilon, centered };
}

/** Options of {@link rmsprop}. */
export interface RmspropOptions extends OptimizerOptions, RmsNumbers {
  /** In `[0, 1)`. Default 0. */
  readonly momentum?: number;
  /** Added to the gradient as `weightDecay · parameter`. Default 0. */
  readonly weightDecay?: number;
}

/**
 * Returns RMSprop (Tieleman & Hinton 2012, lecture 6.5): `s = ρ·s + (1 − ρ)·g²`, `p −= lr · g / √(s + ε)`, Keras's form; with
 * momentum `v' = momentum · v + lr · g / √(s + ε)`, `p −= v'`.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { rmsprop } from '@lstm/optim';
 *
 * console.log(rmsprop({ centered: true, momentum: 0.9 }).learningRate); // => 0.001
 * ```
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  checkOptions('rmsprop', options, [...commonOptions, 'weightDecay', ...rmsNames, 'momentum']);
  const { momentum = 0, weightDecay = 0 } = options;
  checkRange('rmsprop', 'momentum', momentum, 0, 1, true);
  const settings = { ...rmsNumbers('rmsprop', options), momentum, weightDecay };
  return createRuleOptimizer('rmsprop', { kind: 'rmsprop', ...settings }, rmspropRule, settings, options);
}
