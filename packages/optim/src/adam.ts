import { checkOptions, checkRange } from '@lstm/core';
import { commonOptions, createOptimizer, type Optimizer, type OptimizerOptions } from './optimizer.ts';

/** Options of {@link adam} and {@link adamw}. */
export interface AdamOptions extends OptimizerOptions {
  /** Decay of the mean of the gradient, in `[0, 1)`. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of its square, in `[0, 1)`. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root. Default 1e-7 (Keras; PyTorch has 1e-8). */
  readonly epsilon?: number;
  /** {@link adam}: added to the gradient, default 0. {@link adamw}: applied to the parameter, default 0.004 (Keras). */
  readonly weightDecay?: number;
}

function create(where: string, options: AdamOptions, decoupled: boolean): Optimizer {
  checkOptions(where, options, [...commonOptions, 'beta1', 'beta2', 'epsilon']);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, weightDecay = decoupled ? 0.004 : 0 } = options;
  checkRange(where, 'beta1', beta1, 0, 1, true);
  checkRange(where, 'beta2', beta2, 0, 1, true);
  checkRange(where, 'epsilon', epsilon, 0);
  return createOptimizer(where, { kind: 'adam', beta1, beta2, epsilon, weightDecay, decoupled }, options);
}

/**
 * Returns Adam (Kingma & Ba 2015): steps along the mean of the gradient over the root of the mean of its square, both corrected for
 * their start at zero; Keras's form, in which epsilon is not corrected.
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
 * Returns {@link adam} with decoupled weight decay, `p −= lr · weightDecay · p` beside the step (Loshchilov & Hutter 2019).
 *
 * @throws OptionError when an option is unknown or out of its range
 */
export function adamw(options: AdamOptions = {}): Optimizer {
  return create('adamw', options, true);
}
