import { hostArray, memory, Parameter, tensor } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { describe, expect, it } from 'vitest';
import {
  adam,
  adamw,
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  type Optimizer,
  rmsprop,
  scaleByAdam,
  scaleByLearningRate,
  scaleByRms,
  sgd,
  type Transform,
  trace,
  transformOptimizer,
} from './index.ts';

const backend = reference();
const parametersAt = (): Parameter[] =>
  [
    ['kernel', [1, -2, 3]],
    ['bias', [0.5]],
  ].map(
    ([name, values]) =>
      new Parameter({
        name: name as string,
        shape: [(values as number[]).length],
        backend,
        initialize: () => hostArray(values as number[]),
      }),
  );

/** Where five steps with changing gradients lead. */
async function descend(optimizer: Optimizer): Promise<number[]> {
  const parameters = parametersAt();
  for (let step = 0; step < 5; step++) {
    const gradients = [tensor([step, -4, 0.5], { backend }), tensor([1 - step], { backend })];
    optimizer.step(parameters, gradients).dispose();
  }
  const values = await Promise.all(parameters.map((parameter) => parameter.value.data()));
  return values.flatMap((each) => [...each]);
}

describe('transformOptimizer', () => {
  const learningRate = 0.1;
  it.each<[string, () => Optimizer, Transform]>([
    ['sgd', () => sgd({ learningRate }), scaleByLearningRate()],
    [
      'sgd with momentum and decay',
      () => sgd({ learningRate, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
      chain(addDecayedWeights(0.1), scaleByLearningRate(), trace({ momentum: 0.9, nesterov: true })),
    ],
    ['adam', () => adam({ learningRate, beta2: 0.9 }), chain(scaleByAdam({ beta2: 0.9 }), scaleByLearningRate())],
    [
      'adamw',
      () => adamw({ learningRate, weightDecay: 0.2 }),
      chain(scaleByAdam(), addDecayedWeights(0.2), scaleByLearningRate()),
    ],
    [
      'rmsprop',
      () => rmsprop({ learningRate, centered: true, momentum: 0.5 }),
      chain(scaleByRms({ centered: true }), scaleByLearningRate(), trace({ momentum: 0.5 })),
    ],
    [
      'clipping',
      () => sgd({ learningRate, clipValue: 3, clipNorm: 2 }),
      chain(clipByValue(3), clipByGlobalNorm(2), scaleByLearningRate()),
    ],
  ])('does what %s does', async (_, ready, transform) => {
    const expected = await descend(ready());
    const found = await descend(transformOptimizer(transform, { learningRate }));
    expect(found.length).toBe(4);
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
  });

  it('clips each update alone with clipByNorm', async () => {
    const optimizer = transformOptimizer(chain(clipByNorm(1), scaleByLearningRate()), { learningRate: 1 });
    const parameters = parametersAt();
    optimizer.step(parameters, [tensor([3, 0, 4], { backend }), tensor([0.5], { backend })]).dispose();
    const [kernel, bias] = await Promise.all(parameters.map((parameter) => parameter.value.data()));
    expect([...kernel!].map((value) => Math.round(value * 10) / 10)).toEqual([0.4, -2, 2.2]);
    expect([...bias!]).toEqual([0]);
  });

  it('keeps its slots by transform, and gives them back', async () => {
    const optimizer = transformOptimizer(chain(scaleByAdam(), scaleByLearningRate(), trace({ momentum: 0.9 })));
    const [kernel] = parametersAt();
    const gradient = tensor([1, 2, 3], { backend });
    await kernel!.value.data();
    const before = memory().tensors;
    optimizer.step([kernel!], [gradient]).dispose();
    expect(Object.keys(optimizer.state())).toEqual(['kernel/0.m', 'kernel/0.v', 'kernel/2.velocity']);
    optimizer.dispose();
    expect(memory().tensors).toBe(before);
  });

  it('refuses a transform that loses an update', () => {
    const broken: Transform = { init: () => ({}), update: (_, { slots }) => ({ updates: [], slots }) };
    const [kernel] = parametersAt();
    expect(() =>
      transformOptimizer(broken).step([kernel!], [tensor([1, 2, 3], { backend })]),
    ).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [updateStep] there is no update and there are 0 slots for kernel. There are one update and 0 slots. Return them all.]`,
    );
  });
});
