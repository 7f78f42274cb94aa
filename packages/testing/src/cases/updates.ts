import {
  type OptimizerRule,
  type OptimizerStepAttributes,
  optimizerStep,
  Parameter,
  slotNames,
  stopGradient,
  type Tensor,
} from '@lstm/core';
import { type CaseInput, type ConformanceCase, input } from '../case.ts';
import { within } from './elementwise.ts';

const sgd = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;
const adam = { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-7, weightDecay: 0, decoupled: false } as const;
const rmsprop = { kind: 'rmsprop', rho: 0.9, epsilon: 1e-7, momentum: 0, centered: false, weightDecay: 0 } as const;

/** Averages of squares lie well above the squares of averages. */
const rangeOf = (kept: string): readonly [number, number] =>
  kept === 'v' || kept === 'meanSquare' ? [0.5, 0.9] : [-0.5, 0.5];

/** A parameter that holds a tensor's values. */
function slot(name: string, value: Tensor): Parameter {
  const { shape, dtype, backend } = value;
  const initialize = (): never => {
    throw new Error(`${name} was assigned`);
  };
  const parameter = new Parameter({ name, shape, dtype, backend, initialize });
  parameter.assign(value);
  return parameter;
}

/** Returns the norm, the new parameters and the new slots of one step over all tensors of a case. */
function step(tensors: Readonly<Record<string, Tensor>>, attributes: OptimizerStepAttributes): Tensor[] {
  const named = (name: string): Parameter => slot(name, tensors[name] as Tensor);
  const sizes = ['matrix', 'vector'];
  const parameters = sizes.map(named);
  const gradients = sizes.map((name) => tensors[`${name}.gradient`] as Tensor);
  const slots = sizes.map((name) => slotNames(attributes.rule).map((own) => named(`${name}.${own}`)));
  const { loss } = tensors;
  const norm = optimizerStep({ parameters, gradients, slots, ...(loss && { loss }) }, attributes);
  const owners = [...parameters, ...slots.flat()];
  const values = owners.map((owner) => stopGradient(owner.value));
  for (const owner of owners) owner.dispose();
  return [norm, ...values];
}

/** Cases of the optimizer step, which backends may fuse: every rule, clipping, and numbers that are not finite. */
export function updateCases(): readonly ConformanceCase[] {
  const of = (
    name: string,
    rule: OptimizerRule,
    attributes: Partial<OptimizerStepAttributes> = {},
    changes: Readonly<Record<string, CaseInput>> = {},
    shapes: Readonly<Record<'matrix' | 'vector', readonly number[]>> = { matrix: [5, 7], vector: [19] },
  ): ConformanceCase => {
    const inputs = Object.entries(shapes).flatMap(([own, shape], i) => [
      [own, input(shape, i)] as const,
      [`${own}.gradient`, input(shape, i + 2, 2)] as const,
      ...slotNames(rule).map((kept, j) => [`${own}.${kept}`, within(shape, i + j + 4, rangeOf(kept))] as const),
    ]);
    return {
      op: 'optimizerStep',
      name,
      inputs: { ...Object.fromEntries(inputs), ...changes },
      run: (tensors) => step(tensors, { rule, learningRate: 0.1, step: 3, ...attributes }),
      differentiable: [],
    };
  };
  const scalar = (value: number): CaseInput => ({ shape: [], values: [value] });
  const zeros = (kept: readonly string[]): Record<string, CaseInput> =>
    Object.fromEntries(
      kept.flatMap((name) => [
        [`matrix.${name}`, within([5, 7], 0, [0, 0])],
        [`vector.${name}`, within([19], 0, [0, 0])],
      ]),
    );
  const infinite = { 'vector.gradient': { shape: [19], values: Array.from({ length: 19 }, (_, i) => 1 / (i - 7)) } };
  return [
    of('sgd', sgd),
    of('sgd, momentum', { ...sgd, momentum: 0.9 }),
    of('sgd, Nesterov momentum, weight decay', { ...sgd, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
    of('adam', adam),
    of('adam, first step, weight decay', { ...adam, weightDecay: 0.1 }, { step: 1 }),
    // What is left of 1 has few digits: it is taken before numbers are rounded.
    of('adam, a long memory, first step', { ...adam, beta2: 0.99999 }, { step: 1 }, zeros(['m', 'v'])),
    of('rmsprop, a long memory, first step', { ...rmsprop, rho: 0.99999 }, { step: 1 }, zeros(['meanSquare'])),
    of('adam, decoupled weight decay', { ...adam, weightDecay: 0.1, decoupled: true }),
    of('rmsprop', rmsprop),
    of('rmsprop, momentum', { ...rmsprop, momentum: 0.9 }),
    of('rmsprop, centered, weight decay', { ...rmsprop, centered: true, weightDecay: 0.1 }),
    of('adam, many values, clipped by norm', adam, { clipNorm: 0.5 }, {}, { matrix: [35, 67], vector: [1031] }),
    of('clipped by norm', sgd, { clipNorm: 0.5 }),
    of('clipped by a norm that is not reached', sgd, { clipNorm: 500 }),
    of('clipped by value', adam, { clipValue: 0.5 }),
    of('clipped by value and norm', sgd, { clipValue: 0.5, clipNorm: 1 }),
    of('a finite loss', adam, {}, { loss: scalar(3) }),
    of('an infinite gradient changes nothing', adam, {}, infinite),
    of('a loss that is NaN changes nothing', { ...sgd, momentum: 0.9 }, {}, { loss: scalar(Number.NaN) }),
  ];
}
