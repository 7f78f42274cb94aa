import { type HostArray, NonFiniteError } from '@lstm/core';
import type { Samples } from './samples.ts';
import type { UpdateResult } from './step.ts';

/** Names the first sample that holds a number that is not finite. */
function badSample(
  name: string,
  arrays: readonly HostArray[],
  rows: ArrayLike<number> | undefined,
): string | undefined {
  for (const { data, shape } of arrays) {
    const index = data.findIndex((value) => !Number.isFinite(value));
    if (index < 0) continue;
    const row = Math.floor(index / (data.length / (shape[0] ?? 1)));
    return `row ${rows?.[row] ?? row} of ${name}${rows === undefined ? ' in the batch' : ''} holds ${data[index]}`;
  }
  return undefined;
}

function rangeOf(inputs: readonly HostArray[]): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { data } of inputs) {
    for (const value of data) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [low, high];
}

/** Resolves to the name of the first parameter whose gradient is not finite. */
async function badGradient({ parameters, gradients }: UpdateResult): Promise<string | undefined> {
  const values = await Promise.all(gradients.map((gradient) => gradient.data()));
  return parameters[values.findIndex((data) => data.some((value) => !Number.isFinite(value)))]?.name;
}

/**
 * Rejects when loss or gradients of a training step are not finite, telling what stopped being so and what to do. Carried states
 * are then as before the step.
 *
 * @throws NonFiniteError
 */
export async function expectFinite(
  where: string,
  batch: Samples,
  update: UpdateResult,
  { step, loss, norm }: { readonly step: number; readonly loss: number; readonly norm: number },
): Promise<void> {
  if (Number.isFinite(loss) && Number.isFinite(norm)) return;
  update.restoreStates();
  const data = Object.entries({
    x: batch.inputs,
    y: batch.targets,
    sampleWeight: batch.weights,
  });
  const badData = data.map(([name, arrays]) => badSample(name, arrays, batch.rows));
  const [low, high] = rangeOf(batch.inputs);
  const parameter = await badGradient(update);
  const facts = [
    `loss is ${loss} and the gradient norm ${norm} at step ${step}`,
    ...(parameter === undefined ? [] : [`the gradient of ${parameter} is not finite`]),
    ...(Number.isFinite(low) && Number.isFinite(high) ? [`the input ranges from ${low} to ${high}`] : []),
    ...badData.filter((fact) => fact !== undefined),
  ];
  throw new NonFiniteError(
    where,
    `${facts.join('; ')}.`,
    'Training stops at the first number that is not finite; the weights are the last finite ones.',
    badData.some((fact) => fact !== undefined)
      ? 'Clean the data.'
      : 'Scale the inputs to about −1 to 1, lower the learning rate, or set clipNorm: 1.',
  );
}
