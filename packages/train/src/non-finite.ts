import { type HostArray, NonFiniteError } from '@lstm/core';
import type { Samples } from './samples.ts';
import { firstNonFiniteGradient, type Recipe } from './step.ts';

function describeInputs(inputs: readonly HostArray[]): string {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { data, shape } of inputs) {
    const size = data.length / (shape[0] ?? 1);
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      if (!Number.isFinite(value)) return `row ${Math.floor(i / size)} of the input holds ${value}`;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return `the input ranges from ${low} to ${high}`;
}

function firstBadTarget(targets: readonly HostArray[]): string | undefined {
  for (const { data, shape } of targets) {
    const index = data.findIndex((value) => !Number.isFinite(value));
    if (index >= 0)
      return `row ${Math.floor(index / (data.length / (shape[0] ?? 1)))} of the target holds ${data[index]}`;
  }
  return undefined;
}

/** Resolves to the error that tells what stopped being finite in a training step, and what to do. */
export async function nonFiniteError(
  recipe: Recipe,
  batch: Samples,
  { step, loss, norm }: { readonly step: number; readonly loss: number; readonly norm: number },
): Promise<NonFiniteError> {
  const inputs = describeInputs(batch.inputs);
  const target = firstBadTarget(batch.targets);
  const parameter = await firstNonFiniteGradient(recipe, batch, step);
  const facts = [
    `loss is ${loss} and the gradient norm ${norm} at step ${step}`,
    ...(parameter === undefined ? [] : [`the gradient of ${parameter} is not finite`]),
    inputs,
    ...(target === undefined ? [] : [target]),
  ];
  const badData = inputs.startsWith('row') || target !== undefined;
  return new NonFiniteError(
    'fit',
    `${facts.join('; ')}.`,
    'Training stops at the first number that is not finite; the weights are the last finite ones.',
    badData ? 'Clean the data.' : 'Scale the inputs to about −1 to 1, lower the learning rate, or set clipNorm: 1.',
  );
}
