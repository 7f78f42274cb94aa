import type { OptimizerRule, OptimizerStepAttributes } from '../backend/updates.ts';
import { OptionError, ShapeError } from '../errors.ts';
import { clip } from '../ops/clip.ts';
import { checkOptions } from '../options.ts';
import type { Parameter } from '../parameter.ts';
import { formatShape, sameShape } from '../shape.ts';
import { storageOf } from '../storage.ts';
import { commonBackend } from '../tape.ts';
import { Tensor } from '../tensor.ts';
import { clipToGlobalNorm } from './formulas.ts';
import { definitionOf, type RuleDefinition, type RuleDefinitions } from './rules.ts';
import { checkUpdate, type UpdateInputs, updateStep } from './update-step.ts';

type Definition = RuleDefinition<OptimizerRule>;

function checkSlots({ parameters, slots }: UpdateInputs, rule: OptimizerRule, definition: Definition): void {
  const names = definition.slotNames(rule);
  parameters.forEach((parameter, i) => {
    const own = slots[i] as readonly Parameter[];
    if (own.length !== names.length) {
      throw new OptionError(
        'optimizerStep',
        `${parameter.name} has ${own.length} slots.`,
        `The rule ${rule.kind} keeps ${names.length}${names.length > 0 ? `: ${names.join(', ')}` : ''}.`,
        'Make a slot for each name of slotNames(rule).',
      );
    }
    for (const slot of own) {
      if (sameShape(slot.shape, parameter.shape) && slot.dtype === parameter.dtype) continue;
      throw new ShapeError(
        'optimizerStep',
        `slot ${slot.name} is ${slot.dtype} ${formatShape(slot.shape)}.`,
        `The parameter is ${parameter.dtype} ${formatShape(parameter.shape)}.`,
        'Give the slots shape and dtype of their parameter.',
      );
    }
  });
}

/** The step in ordinary ops. */
function composition(inputs: UpdateInputs, attributes: OptimizerStepAttributes, definition: Definition): Tensor {
  const { rule, learningRate, step, clipNorm, clipValue } = attributes;
  return updateStep(inputs, (norm) => {
    let { gradients } = inputs;
    if (clipValue !== undefined) gradients = gradients.map((gradient) => clip(gradient, -clipValue, clipValue));
    // Value clipping may have changed the norm.
    if (clipNorm !== undefined)
      gradients = clipToGlobalNorm(gradients, clipNorm, clipValue === undefined ? norm : undefined);
    const next = inputs.parameters.map((parameter, i) => {
      const slots = (inputs.slots[i] as readonly Parameter[]).map((slot) => slot.value);
      const gradient = gradients[i] as Tensor;
      return definition.apply(rule, { parameter: parameter.value, gradient, slots, learningRate, step });
    });
    return { updates: next.map(({ update }) => update), slots: next.map(({ slots }) => slots) };
  });
}

/**
 * Like {@link optimizerStep}, with the definitions of the given rules only. Optimizers call it with their own, so that a bundle
 * holds no others.
 *
 * @returns the global norm of the gradients before clipping, a scalar that the caller disposes
 * @throws {@link OptionError}, {@link ShapeError} or {@link DTypeError} when gradients, slots or loss do not fit the parameters
 *
 * @example
 * ```ts
 * import { hostArray, Parameter, runOptimizerStep, sgdRule, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const weight = new Parameter({ name: 'weight', shape: [2], initialize: () => hostArray([1, 1]) });
 * const rule = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;
 * const inputs = { parameters: [weight], gradients: [tensor([3, 4])], slots: [[]] };
 * const norm = runOptimizerStep(inputs, { rule, learningRate: 0.125, step: 1 }, sgdRule);
 * console.log(await norm.item()); // => 5
 * ```
 */
export function runOptimizerStep(
  inputs: UpdateInputs,
  attributes: OptimizerStepAttributes,
  definitions: RuleDefinitions,
): Tensor {
  checkOptions('optimizerStep', attributes, ['rule', 'learningRate', 'step', 'clipNorm', 'clipValue']);
  const definition = definitionOf(attributes.rule, definitions);
  checkUpdate('optimizerStep', inputs);
  checkSlots(inputs, attributes.rule, definition);
  const { parameters, gradients, slots, loss } = inputs;
  const values = parameters.map((parameter) => parameter.value);
  const all = [...values, ...gradients];
  for (const own of slots) for (const slot of own) all.push(slot.value);
  if (loss !== undefined) all.push(loss);
  const backend = commonBackend('optimizerStep', all);
  const kernel = backend.updates?.optimizerStep;
  if (kernel === undefined) return composition(inputs, attributes, definition);
  const views = {
    gradients: gradients.map((gradient) => gradient.view('optimizerStep')),
    loss: loss?.view('optimizerStep'),
    parameters: values.map((value) => value.view('optimizerStep')),
    slots: slots.map((own) => own.map((slot) => slot.value.view('optimizerStep'))),
  };
  if (kernel.supports?.(views, attributes) === false) return composition(inputs, attributes, definition);
  const donated = {
    ...views,
    parameters: parameters.map((parameter) => parameter.donate().view('optimizerStep')),
    slots: slots.map((own) => own.map((slot) => slot.donate().view('optimizerStep'))),
  };
  const norm = kernel.run(donated, attributes);
  return new Tensor(storageOf(backend, norm, []), norm.shape, norm.dtype);
}
