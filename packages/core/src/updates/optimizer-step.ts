import type { OptimizerRule, OptimizerStepAttributes } from '../backend/updates.ts';
import type { Tensor } from '../tensor.ts';
import { adamRule, definitionOf, type RuleDefinitions, rmspropRule, sgdRule } from './rules.ts';
import { runOptimizerStep } from './run-optimizer-step.ts';
import type { UpdateInputs } from './update-step.ts';

const definitions: RuleDefinitions = { ...sgdRule, ...adamRule, ...rmspropRule };

/**
 * Returns the names of the slots that a rule keeps for each parameter, in the order in which a backend takes them.
 *
 * @throws {@link OptionError} when the kind of the rule is not known
 *
 * @example
 * ```ts
 * import { slotNames } from '@lstm/core';
 *
 * console.log(slotNames({ kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 })); // => [ 'velocity' ]
 * ```
 */
export function slotNames(rule: OptimizerRule): readonly string[] {
  return definitionOf(rule, definitions).slotNames(rule);
}

/**
 * Changes `parameters` and `slots` by one step of an optimizer, in one call of the backend where it can: value clipping, then
 * global-norm clipping, then the rule, with Keras's formulas: {@link momentumUpdate}, {@link adamUpdate}, {@link rmsUpdate}. Weight
 * decay is added to the gradient, except with `decoupled` (AdamW). When the loss or the norm is not finite nothing is changed, on
 * the device: the last finite weights survive.
 *
 * A backend that updates in place gets buffers that nothing else holds: a value that something else still needs is copied first.
 *
 * @returns the global norm of the gradients before clipping, a scalar that the caller disposes
 * @throws {@link OptionError}, {@link ShapeError} or {@link DTypeError} when gradients, slots or loss do not fit the parameters
 *
 * @example
 * ```ts
 * import { hostArray, optimizerStep, Parameter, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const weight = new Parameter({ name: 'weight', shape: [2], initialize: () => hostArray([1, 1]) });
 * const rule = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;
 * const inputs = { parameters: [weight], gradients: [tensor([3, 4])], slots: [[]] };
 * const norm = optimizerStep(inputs, { rule, learningRate: 0.125, step: 1 });
 * console.log(await norm.item(), (await weight.value.data()).join(' ')); // => 5 0.625 0.5
 * ```
 */
export function optimizerStep(inputs: UpdateInputs, attributes: OptimizerStepAttributes): Tensor {
  return runOptimizerStep(inputs, attributes, definitions);
}
