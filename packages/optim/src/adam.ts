import { adamRule, checkOptions, checkRange } from '@lstm/core';
import type { Optimizer } from './optimizer.ts';
import { commonOptions, createRuleOptimizer, type OptimizerOptions } from './rule-optimizer.ts';

/** Options of Adam's moving averages. */
export interface AdamNumbers {
  /** Decay of the mean of the gradient, in `[0, 1)`. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of its square, in `[0, 1)`. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root, positive. Default 1e-7 (Keras; PyTorch has 1e-8). */
  readonly epsilon?: number;
}

/** Names of {@link AdamNumbers}, for checks. */
export const adamNames = ['beta1', 'beta2', 'epsilon'] as const;

/** Returns {@link AdamNumbers} with their defaults, checked. */
export function adamNumbers(where: string, options: AdamNumbers): Required<AdamNumbers> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  checkRange(where, 'beta1', beta1, 0, 1, true);
  checkRange(where, 'beta2', beta2, 0, 1, true);
  checkRange(where, 'epsilon', epsilon, Number.MIN_VALUE);
  return { beta1, beta2, epsilon };
}

/** Options of {@link adam} and {@link adamw}. */
export interface AdamOptions extends OptimizerOptions, AdamNumbers {
  /** {@link adam}: added to the gradient, default 0. {@link adamw}: applied to the parameter, default 0.004 (Keras). */
  readonly weightDecay?: number;
}

function create(type: string, options: AdamOptions, decoupled: boolean): Optimizer {
  checkOptions(type, options, [...commonOptions, 'weightDecay', ...adamNames]);
  const { weightDecay = decoupled ? 0.004 : 0 } = options;
  const settings = { ...adamNumbers(type, options), weightDecay };
  return createRuleOptimizer(type, { kind: 'adam', ...settings, decoupled }, adamRule, settings, options);
}

/**
 * Returns Adam (Kingma & Ba 2015, "Adam: a method for stochastic optimization"): steps along the mean of the gradient over the
 * root of the mean of its square, both corrected for their start at zero; Keras's form, in which epsilon is not corrected:
 * `p −= lr · √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε)`.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { adam, cosineSchedule } from '@lstm/optim';
 *
 * const optimizer = adam({ learningRate: cosineSchedule({ learningRate: 0.01, decaySteps: 1000 }), clipNorm: 1 });
 * console.log(optimizer.learningRate, optimizer.iterations); // => 0.01 0
 * ```
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return create('adam', options, false);
}

/**
 * Returns {@link adam} with decoupled weight decay, `p −= lr · weightDecay · p` beside the step (Loshchilov & Hutter 2019,
 * "Decoupled weight decay regularization").
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { adamw } from '@lstm/optim';
 *
 * console.log(adamw({ weightDecay: 0.01 }).toConfig().options.learningRate); // => 0.001
 * ```
 */
export function adamw(options: AdamOptions = {}): Optimizer {
  return create('adamw', options, true);
}
