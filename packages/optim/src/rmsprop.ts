import { checkOptions, checkRange } from '@lstm/core';
import { commonOptions, createOptimizer, type Optimizer, type OptimizerOptions } from './optimizer.ts';

/** Options of {@link rmsprop}. */
export interface RmspropOptions extends OptimizerOptions {
  /** Decay of the mean of the squared gradient, in `[0, 1)`. Default 0.9. */
  readonly rho?: number;
  /** In `[0, 1)`. Default 0. */
  readonly momentum?: number;
  /** Divide by the variance of the gradient instead of the mean of its square. Default false. */
  readonly centered?: boolean;
  /** Added under the root. Default 1e-7. */
  readonly epsilon?: number;
  /** Added to the gradient as `weightDecay · parameter`. Default 0. */
  readonly weightDecay?: number;
}

/**
 * Returns RMSprop (Tieleman & Hinton 2012): `p −= lr · g / √(mean(g²) + epsilon)`, Keras's form.
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
  checkOptions('rmsprop', options, [...commonOptions, 'rho', 'momentum', 'centered', 'epsilon']);
  const { rho = 0.9, momentum = 0, centered = false, epsilon = 1e-7, weightDecay = 0 } = options;
  checkRange('rmsprop', 'rho', rho, 0, 1, true);
  checkRange('rmsprop', 'momentum', momentum, 0, 1, true);
  checkRange('rmsprop', 'epsilon', epsilon, 0);
  return createOptimizer('rmsprop', { kind: 'rmsprop', rho, momentum, centered, epsilon, weightDecay }, options);
}
