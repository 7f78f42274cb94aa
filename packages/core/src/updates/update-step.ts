import { DTypeError, OptionError, ShapeError } from '../errors.ts';
import { add } from '../ops/add.ts';
import { cast } from '../ops/cast.ts';
import { equal } from '../ops/equal.ts';
import { mul } from '../ops/mul.ts';
import { sub } from '../ops/sub.ts';
import { where } from '../ops/where.ts';
import { checkOptions } from '../options.ts';
import type { Parameter } from '../parameter.ts';
import { tidy } from '../scope.ts';
import { formatShape, sameShape } from '../shape.ts';
import { noGrad } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { globalNorm } from './formulas.ts';

/** What one step of an optimizer works on. */
export interface UpdateInputs {
  readonly parameters: readonly Parameter[];
  /** One gradient per parameter, of its shape and dtype. */
  readonly gradients: readonly Tensor[];
  /** For each parameter what the optimizer keeps from step to step, for example {@link slotNames} of a rule. */
  readonly slots: readonly (readonly Parameter[])[];
  /** Scalar; when it is not finite nothing is changed. */
  readonly loss?: Tensor | undefined;
}

/** What one step of an optimizer gives. */
export interface UpdateOutputs {
  /** For each parameter what is added to it. */
  readonly updates: readonly Tensor[];
  /** New values of the slots. */
  readonly slots: readonly (readonly Tensor[])[];
}

const inOrder = 'Pass the gradients in the order of the parameters.';

/** @internal Throws unless the inputs of a step fit together. */
export function checkUpdate(where: string, inputs: UpdateInputs): void {
  checkOptions(where, inputs, ['parameters', 'gradients', 'slots', 'loss']);
  const { parameters, gradients, slots, loss } = inputs;
  if (parameters.length === 0 || gradients.length !== parameters.length || slots.length !== parameters.length) {
    throw new OptionError(
      where,
      `there are ${parameters.length} parameters, ${gradients.length} gradients and ${slots.length} lists of slots.`,
      'Each of at least one parameter has a gradient and its slots.',
      inOrder,
    );
  }
  const seen = new Set<Parameter>();
  parameters.forEach((parameter, i) => {
    const { name, shape, dtype } = parameter;
    const gradient = gradients[i] as Tensor;
    if (!sameShape(gradient.shape, shape)) {
      const found = `the gradient of ${name} is ${formatShape(gradient.shape)}.`;
      throw new ShapeError(where, found, `The parameter is ${formatShape(shape)}.`, inOrder);
    }
    if (gradient.dtype !== dtype) {
      const found = `the gradient of ${name} is ${gradient.dtype}.`;
      throw new DTypeError(where, found, `The parameter is ${dtype}.`, `Convert it: cast(gradient, '${dtype}').`);
    }
    // Twice the same slot would be one buffer that a backend writes twice.
    for (const each of [parameter, ...(slots[i] as readonly Parameter[])]) {
      if (seen.has(each)) {
        const fix = 'Pass it once, with the sum of its gradients.';
        throw new OptionError(where, `${each.name} is there twice.`, 'A step changes each parameter once.', fix);
      }
      seen.add(each);
    }
  });
  if (loss !== undefined && loss.shape.length > 0) {
    const found = `the loss is ${formatShape(loss.shape)}.`;
    throw new ShapeError(where, found, 'It is a scalar.', 'Reduce it, for example with mean(loss).');
  }
}

function checkOutputs({ parameters, slots }: UpdateInputs, outputs: UpdateOutputs): void {
  parameters.forEach((parameter, i) => {
    const { name } = parameter;
    const update = outputs.updates[i];
    const found = outputs.slots[i]?.filter((slot) => slot !== undefined).length;
    const wanted = slots[i]?.length;
    if (update === undefined || found !== wanted) {
      const fact = `there is ${update === undefined ? 'no' : 'an'} update and there are ${found ?? 'no'} slots for ${name}.`;
      throw new OptionError('updateStep', fact, `There are one update and ${wanted} slots.`, 'Return them all.');
    }
    checkFit(`the update of ${name}`, update, 'The parameter', parameter);
    slots[i]?.forEach((slot, j) => {
      checkFit(`the new value of ${slot.name}`, outputs.slots[i]?.[j] as Tensor, 'The slot', slot);
    });
  });
}

/** Throws unless `found` has the shape and dtype of what it changes: broadcasting would hide the one, and nothing is changed by half. */
function checkFit(what: string, found: Tensor, whose: string, { shape, dtype }: Parameter): void {
  if (!sameShape(found.shape, shape)) {
    const fact = `${what} is ${formatShape(found.shape)}.`;
    throw new ShapeError('updateStep', fact, `${whose} is ${formatShape(shape)}.`, 'Return one of that shape.');
  }
  if (found.dtype !== dtype) {
    const fact = `${what} is ${found.dtype}.`;
    throw new DTypeError('updateStep', fact, `${whose} is ${dtype}.`, `Convert it: cast(value, '${dtype}').`);
  }
}

/** 1 where `x` is finite, else 0: ∞ − ∞ and NaN − NaN are NaN. */
function flagFinite(x: Tensor): Tensor {
  return equal(sub(x, x), 0);
}

/**
 * Changes `parameters` and `slots` by what `compute` gives, in ordinary ops that nothing records. When the loss or the global norm
 * of the gradients is not finite nothing is changed, on the device: nothing is read back, and the last finite weights survive.
 * {@link optimizerStep} does this for the usual rules; this is for a rule of your own.
 *
 * @param compute - takes the global norm of the gradients, returns what is added to the parameters and the new slots
 * @returns the global norm of the gradients, a scalar that the caller disposes
 * @throws {@link OptionError}, {@link ShapeError} or {@link DTypeError} when gradients, slots or loss do not fit the parameters
 *
 * @example
 * ```ts
 * import { hostArray, mul, Parameter, sign, tensor, updateStep, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const weight = new Parameter({ name: 'weight', shape: [2], initialize: () => hostArray([1, 1]) });
 * const gradients = [tensor([3, -4])];
 * const norm = updateStep({ parameters: [weight], gradients, slots: [[]] }, () => ({
 *   updates: gradients.map((gradient) => mul(sign(gradient), -0.5)),
 *   slots: [[]],
 * }));
 * console.log(await norm.item(), (await weight.value.data()).join(' ')); // => 5 0.5 1.5
 * ```
 */
export function updateStep(inputs: UpdateInputs, compute: (norm: Tensor) => UpdateOutputs): Tensor {
  checkUpdate('updateStep', inputs);
  return noGrad(() =>
    tidy(() => {
      const { parameters, slots, loss } = inputs;
      const norm = globalNorm(inputs.gradients);
      const normFinite = flagFinite(norm);
      const finite = loss === undefined ? normFinite : mul(normFinite, cast(flagFinite(loss), norm.dtype));
      const next = compute(norm);
      checkOutputs(inputs, next);
      // What is new may be made of what is old: nothing is assigned before all of it is there.
      const changes = parameters.flatMap((parameter, i) => {
        const updated = add(parameter.value, next.updates[i] as Tensor);
        const own = slots[i] as readonly Parameter[];
        return [
          { each: parameter, value: where(finite, updated, parameter.value) },
          ...own.map((each, j) => ({ each, value: where(finite, next.slots[i]?.[j] as Tensor, each.value) })),
        ];
      });
      for (const { each, value } of changes) each.assign(value);
      return norm;
    }),
  );
}
