import type { OptimizerStepAttributes } from '../backend/updates.ts';
import { OptionError, ShapeError } from '../errors.ts';
import { add } from '../ops/add.ts';
import { clip } from '../ops/clip.ts';
import { div } from '../ops/div.ts';
import { equal } from '../ops/equal.ts';
import { less } from '../ops/less.ts';
import { mul } from '../ops/mul.ts';
import { sqrt } from '../ops/sqrt.ts';
import { square } from '../ops/square.ts';
import { sub } from '../ops/sub.ts';
import { sum } from '../ops/sum.ts';
import { where } from '../ops/where.ts';
import type { Parameter } from '../parameter.ts';
import { tidy } from '../scope.ts';
import { formatShape, sameShape } from '../shape.ts';
import { storageOf } from '../storage.ts';
import { commonBackend, noGrad } from '../tape.ts';
import { Tensor } from '../tensor.ts';
import { applyRule } from './rules.ts';
import { slotNames } from './slots.ts';

/** What one optimizer step works on. */
export interface OptimizerStepInputs {
  readonly parameters: readonly Parameter[];
  /** One gradient per parameter. */
  readonly gradients: readonly Tensor[];
  /** For each parameter the slots of the rule, in the order of {@link slotNames}. */
  readonly slots: readonly (readonly Parameter[])[];
  /** Scalar; when it is not finite nothing is changed. */
  readonly loss?: Tensor | undefined;
}

function check({ parameters, gradients, slots }: OptimizerStepInputs, attributes: OptimizerStepAttributes): void {
  const names = slotNames(attributes.rule);
  if (parameters.length === 0 || gradients.length !== parameters.length || slots.length !== parameters.length) {
    throw new OptionError(
      'optimizerStep',
      `there are ${parameters.length} parameters, ${gradients.length} gradients and ${slots.length} lists of slots.`,
      'Each of at least one parameter has a gradient and its slots.',
      'Pass the gradients in the order of the parameters.',
    );
  }
  parameters.forEach((parameter, i) => {
    const gradient = gradients[i] as Tensor;
    if (!sameShape(gradient.shape, parameter.shape)) {
      throw new ShapeError(
        'optimizerStep',
        `the gradient of ${parameter.name} is ${formatShape(gradient.shape)}.`,
        `The parameter is ${formatShape(parameter.shape)}.`,
        'Pass the gradients in the order of the parameters.',
      );
    }
    if (slots[i]?.length !== names.length) {
      throw new OptionError(
        'optimizerStep',
        `${parameter.name} has ${slots[i]?.length} slots.`,
        `The rule ${attributes.rule.kind} keeps ${names.length}${names.length > 0 ? `: ${names.join(', ')}` : ''}.`,
        'Make a slot for each name of slotNames(rule).',
      );
    }
  });
}

/** 1 where `x` is finite, else 0: ∞ − ∞ and NaN − NaN are NaN. */
function flagFinite(x: Tensor): Tensor {
  return equal(sub(x, x), 0);
}

function globalNorm(gradients: readonly Tensor[]): Tensor {
  return sqrt(gradients.map((gradient) => sum(square(gradient))).reduce((total, part) => add(total, part)));
}

/** The step in ordinary ops. */
function composition(inputs: OptimizerStepInputs, attributes: OptimizerStepAttributes): Tensor {
  const { parameters, slots, loss } = inputs;
  const { rule, learningRate, step, clipNorm, clipValue } = attributes;
  const norm = globalNorm(inputs.gradients);
  const clipped =
    clipValue === undefined
      ? inputs.gradients
      : inputs.gradients.map((gradient) => clip(gradient, -clipValue, clipValue));
  let gradients = clipped;
  if (clipNorm !== undefined) {
    const base = clipValue === undefined ? norm : globalNorm(clipped);
    const scale = where(less(clipNorm, base), div(clipNorm, base), 1);
    gradients = clipped.map((gradient) => mul(gradient, scale));
  }
  const finite = loss === undefined ? flagFinite(norm) : mul(flagFinite(norm), flagFinite(loss));
  parameters.forEach((slot, i) => {
    const parameter = slot.value;
    const own = slots[i] as readonly Parameter[];
    const values = own.map((each) => each.value);
    const gradient = gradients[i] as Tensor;
    const next = applyRule(rule, { parameter, gradient, slots: values, learningRate, step });
    slot.assign(where(finite, next.parameter, parameter));
    own.forEach((each, j) => {
      each.assign(where(finite, next.slots[j] as Tensor, values[j] as Tensor));
    });
  });
  return norm;
}

/**
 * Changes `parameters` and `slots` by one step of an optimizer, in one call of the backend where it can: value clipping, then
 * global-norm clipping, then the rule, with Keras's formulas. When the loss or the norm is not finite nothing is changed, on the
 * device: the last finite weights survive.
 *
 * @returns the global norm of the gradients before clipping, a scalar that the caller disposes
 * @throws {@link OptionError} or {@link ShapeError} when gradients or slots do not fit the parameters
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
export function optimizerStep(inputs: OptimizerStepInputs, attributes: OptimizerStepAttributes): Tensor {
  check(inputs, attributes);
  const { parameters, gradients, slots, loss } = inputs;
  const values = parameters.map((parameter) => parameter.value);
  const all = [...values, ...gradients, ...slots.flatMap((own) => own.map((slot) => slot.value))];
  const backend = commonBackend('optimizerStep', loss === undefined ? all : [...all, loss]);
  const kernel = backend.updates?.optimizerStep;
  const views = {
    gradients: gradients.map((gradient) => gradient.view('optimizerStep')),
    loss: loss?.view('optimizerStep'),
    parameters: values.map((value) => value.view('optimizerStep')),
    slots: slots.map((own) => own.map((slot) => slot.value.view('optimizerStep'))),
  };
  if (kernel === undefined || kernel.supports?.(views, attributes) === false)
    return noGrad(() => tidy(() => composition(inputs, attributes)));
  const donated = {
    ...views,
    parameters: parameters.map((parameter) => parameter.donate().view('optimizerStep')),
    slots: slots.map((own) => own.map((slot) => slot.donate().view('optimizerStep'))),
  };
  const norm = kernel.run(donated, attributes);
  return new Tensor(storageOf(backend, norm, []), norm.shape, norm.dtype);
}
