import {
  adamUpdate,
  add,
  checkOptions,
  checkRange,
  clip,
  clipToGlobalNorm,
  momentumUpdate,
  mul,
  rmsUpdate,
  type Tensor,
  zeros,
} from '@lstm/core';
import { type AdamNumbers, adamNames, adamNumbers } from './adam.ts';
import { type RmsNumbers, rmsNames, rmsNumbers } from './rmsprop.ts';
import type { Slots, Transform, TransformContext, Transformed } from './transform.ts';

function zerosLike({ shape, dtype, backend }: Tensor): Tensor {
  return zeros(shape, { dtype, backend });
}

/** A transform that keeps nothing. */
function stateless(update: (updates: readonly Tensor[], context: TransformContext) => readonly Tensor[]): Transform {
  return {
    init: () => ({}),
    update: (updates, context) => ({ updates: update(updates, context), slots: context.slots }),
  };
}

/** A transform that treats every parameter alone and starts from zeros; `update` returns the update beside the new slots. */
function separate<Name extends string>(
  names: readonly Name[],
  update: (
    update: Tensor,
    slots: Readonly<Record<Name, Tensor>>,
    step: number,
  ) => { readonly update: Tensor } & Readonly<Record<Name, Tensor | undefined>>,
): Transform {
  const picked = (from: (name: Name) => Tensor): Slots => Object.fromEntries(names.map((name) => [name, from(name)]));
  return {
    init: (parameter) => picked(() => zerosLike(parameter)),
    update(updates, { slots, step }): Transformed {
      const next = updates.map((each, i) => update(each, slots[i] as Readonly<Record<Name, Tensor>>, step));
      return {
        updates: next.map((each) => each.update),
        slots: next.map((each) => picked((name) => each[name] as Tensor)),
      };
    },
  };
}

/**
 * Returns the transform that holds each element within `[−maximum, maximum]`.
 *
 * @param maximum - positive
 * @throws OptionError when it is not
 *
 * @example
 * ```ts
 * import { chain, clipByValue, scaleByLearningRate, transformOptimizer } from '@lstm/optim';
 *
 * const optimizer = transformOptimizer(chain(clipByValue(0.5), scaleByLearningRate()), { learningRate: 0.1 });
 * console.log(optimizer.learningRate); // => 0.1
 * ```
 */
export function clipByValue(maximum: number): Transform {
  checkRange('clipByValue', 'maximum', maximum, Number.MIN_VALUE);
  return stateless((updates) => updates.map((update) => clip(update, -maximum, maximum)));
}

/**
 * Returns the transform that scales the update of each parameter alone to a norm of at most `maximum`.
 *
 * @param maximum - positive
 * @throws OptionError when it is not
 *
 * @example
 * ```ts
 * import { chain, clipByNorm, scaleByLearningRate, transformOptimizer } from '@lstm/optim';
 *
 * const optimizer = transformOptimizer(chain(clipByNorm(1), scaleByLearningRate()), { learningRate: 0.1 });
 * console.log(optimizer.learningRate); // => 0.1
 * ```
 */
export function clipByNorm(maximum: number): Transform {
  checkRange('clipByNorm', 'maximum', maximum, Number.MIN_VALUE);
  return stateless((updates) => updates.flatMap((update) => clipToGlobalNorm([update], maximum)));
}

/**
 * Returns the transform that scales all updates by one factor to a global norm of at most `maximum` (Pascanu, Mikolov & Bengio
 * 2013, "On the difficulty of training recurrent neural networks").
 *
 * @param maximum - positive
 * @throws OptionError when it is not
 *
 * @example
 * ```ts
 * import { chain, clipByGlobalNorm, scaleByAdam, scaleByLearningRate, transformOptimizer } from '@lstm/optim';
 *
 * const optimizer = transformOptimizer(chain(clipByGlobalNorm(1), scaleByAdam(), scaleByLearningRate()));
 * console.log(optimizer.learningRate); // => 0.001
 * ```
 */
export function clipByGlobalNorm(maximum: number): Transform {
  checkRange('clipByGlobalNorm', 'maximum', maximum, Number.MIN_VALUE);
  return stateless((updates) => clipToGlobalNorm(updates, maximum));
}

/**
 * Returns the transform that adds `rate · parameter`. Before the scaling by Adam or RMSprop it is L2 regularization, after it
 * decoupled weight decay (Loshchilov & Hutter 2019, "Decoupled weight decay regularization").
 *
 * @param rate - at least 0
 * @throws OptionError when it is not
 *
 * @example
 * ```ts
 * import { addDecayedWeights, chain, scaleByAdam, scaleByLearningRate, transformOptimizer } from '@lstm/optim';
 *
 * // What adamw({ weightDecay: 0.01 }) does.
 * const optimizer = transformOptimizer(chain(scaleByAdam(), addDecayedWeights(0.01), scaleByLearningRate()));
 * console.log(optimizer.iterations); // => 0
 * ```
 */
export function addDecayedWeights(rate: number): Transform {
  checkRange('addDecayedWeights', 'rate', rate, 0);
  return stateless((updates, { parameters }) => updates.map((x, i) => add(x, mul(parameters[i] as Tensor, rate))));
}

/**
 * Returns the transform that multiplies by `−learningRate` of the optimizer: what is added to a parameter goes against the gradient.
 *
 * @example
 * ```ts
 * import { scaleByLearningRate, transformOptimizer } from '@lstm/optim';
 *
 * // What sgd({ learningRate: 0.1 }) does.
 * console.log(transformOptimizer(scaleByLearningRate(), { learningRate: 0.1 }).learningRate); // => 0.1
 * ```
 */
export function scaleByLearningRate(): Transform {
  return stateless((updates, { learningRate }) => updates.map((update) => mul(update, -learningRate)));
}

/**
 * Returns the transform by Adam's moving averages (Kingma & Ba 2015; formula: `adamUpdate` of `@lstm/core`). Slots: `m`, `v`.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { chain, scaleByAdam, scaleByLearningRate, transformOptimizer } from '@lstm/optim';
 *
 * const optimizer = transformOptimizer(chain(scaleByAdam({ beta2: 0.95 }), scaleByLearningRate()));
 * console.log(optimizer.learningRate); // => 0.001
 * ```
 */
export function scaleByAdam(options: AdamNumbers = {}): Transform {
  checkOptions('scaleByAdam', options, adamNames);
  const numbers = adamNumbers('scaleByAdam', options);
  return separate(['m', 'v'], (update, averages, step) => adamUpdate(update, averages, { ...numbers, step }));
}

/**
 * Returns the transform by RMSprop's moving averages (Tieleman & Hinton 2012; formula: `rmsUpdate` of `@lstm/core`). Slots:
 * `meanSquare`, and `mean` when centered.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { chain, scaleByLearningRate, scaleByRms, trace, transformOptimizer } from '@lstm/optim';
 *
 * // What rmsprop({ centered: true, momentum: 0.9 }) does.
 * const transform = chain(scaleByRms({ centered: true }), scaleByLearningRate(), trace({ momentum: 0.9 }));
 * console.log(transformOptimizer(transform).learningRate); // => 0.001
 * ```
 */
export function scaleByRms(options: RmsNumbers = {}): Transform {
  checkOptions('scaleByRms', options, rmsNames);
  const { centered, ...numbers } = rmsNumbers('scaleByRms', options);
  const names = centered ? (['meanSquare', 'mean'] as const) : (['meanSquare'] as const);
  return separate<'meanSquare' | 'mean'>(names, (update, averages) => rmsUpdate(update, averages, numbers));
}

/** Options of {@link trace}. */
export interface TraceOptions {
  /** In `[0, 1)`. */
  readonly momentum: number;
  /** Look ahead along the velocity (Nesterov 1983). Default false. */
  readonly nesterov?: boolean;
}

/**
 * Returns the transform that adds momentum (Polyak 1964; formula: `momentumUpdate` of `@lstm/core`). Slot: `velocity`. After
 * `scaleByLearningRate` it is Keras's momentum, into which the rate enters; before it PyTorch's. While the rate is constant they
 * are equal.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { chain, scaleByLearningRate, trace, transformOptimizer } from '@lstm/optim';
 *
 * // What sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }) does.
 * const transform = chain(scaleByLearningRate(), trace({ momentum: 0.9, nesterov: true }));
 * console.log(transformOptimizer(transform, { learningRate: 0.1 }).learningRate); // => 0.1
 * ```
 */
export function trace(options: TraceOptions): Transform {
  checkOptions('trace', options, ['momentum', 'nesterov']);
  const { momentum, nesterov = false } = options;
  checkRange('trace', 'momentum', momentum, 0, 1, true);
  return separate(['velocity'], (update, { velocity }) => momentumUpdate(update, velocity, { momentum, nesterov }));
}
