import { checkOptions, checkRange, type Parameter, type Tensor, updateStep } from '@lstm/core';
import { createOptimizer, type Optimizer } from './optimizer.ts';
import type { Schedule } from './schedules.ts';
import { checkTransform, type Slots, type Transform, transformed } from './transform.ts';

function kindOf(slot: Parameter, parameter: Parameter): string {
  return slot.name.slice(parameter.name.length + 1);
}

/** Options of {@link transformOptimizer}. */
export interface TransformOptimizerOptions {
  /** A number of at least 0, or a function of the number of steps done so far. Default 0.001. */
  readonly learningRate?: number | Schedule;
}

/**
 * Returns the optimizer that adds to the parameters what `transform` makes of the gradients, in ordinary ops. The ready optimizers
 * are such chains too, which a backend may run in one call: prefer them where they do what you want.
 *
 * @throws OptionError when `transform` is none, or an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { hostArray, Parameter, sign, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { chain, scaleByLearningRate, type Transform, transformOptimizer } from '@lstm/optim';
 *
 * await useBackend(reference());
 * const bySign: Transform = {
 *   init: () => ({}),
 *   update: (updates, { slots }) => ({ updates: updates.map(sign), slots }),
 * };
 * const optimizer = transformOptimizer(chain(bySign, scaleByLearningRate()), { learningRate: 0.5 });
 * const weight = new Parameter({ name: 'weight', shape: [2], initialize: () => hostArray([1, 1]) });
 * optimizer.step([weight], [tensor([3, -0.01])]).dispose();
 * console.log(await weight.value.data()); // => Float32Array(2) [ 0.5, 1.5 ]
 * ```
 */
export function transformOptimizer(transform: Transform, options: TransformOptimizerOptions = {}): Optimizer {
  checkTransform('transformOptimizer', 'the transform', transform);
  checkOptions('transformOptimizer', options, ['learningRate']);
  const { learningRate = 0.001 } = options;
  if (typeof learningRate !== 'function') checkRange('transformOptimizer', 'learningRate', learningRate, 0);
  return createOptimizer({
    type: 'transforms',
    learningRate,
    options: {},
    init: (parameter) => transform.init(parameter),
    run: (inputs, numbers) =>
      updateStep(inputs, () => {
        const { parameters, gradients } = inputs;
        const kinds = inputs.slots.map((own, i) => own.map((slot) => kindOf(slot, parameters[i] as Parameter)));
        const slots = inputs.slots.map(
          (own, i): Slots => Object.fromEntries(own.map((slot, j) => [kinds[i]?.[j], slot.value])),
        );
        const values = parameters.map((parameter) => parameter.value);
        const next = transformed('transformOptimizer', transform, gradients, { parameters: values, slots, ...numbers });
        return {
          updates: next.updates,
          slots: kinds.map((own, i) => own.map((kind) => next.slots[i]?.[kind] as Tensor)),
        };
      }),
  });
}
