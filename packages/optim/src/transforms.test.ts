import { hostArray, memory, mul, Parameter, type Tensor, tensor } from '@lstm/core';
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

  it.each<[string, unknown, string]>([
    [
      'a factory that was not called',
      clipByNorm,
      'a function. A transform is { init, update }. Use one of @lstm/optim, for example scaleByAdam(), or write an object',
    ],
    [
      'a list',
      [clipByNorm(1)],
      '[an object with init, update]. A transform is { init, update }. Pass them one by one:',
    ],
    ['nothing', undefined, 'undefined.'],
    ['null', null, 'null.'],
    ['half of one', { init: () => ({}) }, 'an object with init.'],
    ['an optimizer', adam(), 'an object with iterations, learningRate,'],
  ])('refuses %s, as chain does', (_, given, message) => {
    expect(() => transformOptimizer(given as never)).toThrow(`[transformOptimizer] the transform is ${message}`);
    expect(() => chain(clipByNorm(1), given as never)).toThrow(`[chain] transform 1 is ${message}`);
  });

  it('refuses a rate that is none', () => {
    const withRate = (learningRate: unknown) => () => transformOptimizer(chain(), { learningRate } as never);
    expect(withRate('0.1')).toThrow('[transformOptimizer] learningRate is "0.1".');
    expect(withRate(-1)).toThrow('[transformOptimizer] learningRate is -1.');
    expect(() => sgd({ learningRate: {} as never })).toThrow('[sgd] learningRate is an empty object.');
  });

  it('refuses what an update of one’s own should not return', () => {
    const [kernel] = parametersAt();
    const gradients = [tensor([1, 2, 3], { backend })];
    const given = (result: unknown): Transform => ({ init: () => ({}), update: () => result as never });
    const updates = gradients;
    expect(() => transformOptimizer(given(undefined)).step([kernel!], gradients)).toThrow(
      '[transformOptimizer] update returned undefined. It returns { updates, slots }, a list of each, at once. Return both, and do without await.',
    );
    expect(() => transformOptimizer(given({ updates })).step([kernel!], gradients)).toThrow(
      '[transformOptimizer] update returned an object with updates.',
    );
    expect(() => transformOptimizer(chain(given(Promise.resolve()))).step([kernel!], gradients)).toThrow(
      '[chain] update returned a Promise.',
    );
  });

  it.each<[string, readonly string[]]>([
    ['the update of the step before', ['last', 'before']],
    ['the same, with the names in the other order', ['before', 'last']],
  ])('keeps %s', async (_, names) => {
    const zeros = (parameter: Tensor): Tensor => mul(parameter, 0);
    const shift: Transform = {
      init: (parameter) => Object.fromEntries(names.map((name) => [name, zeros(parameter)])),
      update: (updates, { slots }) => ({
        updates,
        slots: updates.map((update, i) => ({ last: update, before: slots[i]!['last']! })),
      }),
    };
    const optimizer = transformOptimizer(chain(shift, scaleByLearningRate()), { learningRate: 1 });
    const parameters = parametersAt();
    for (const value of [1, 2]) {
      optimizer.step(parameters, [tensor([value, 0, 0], { backend }), tensor([value], { backend })]).dispose();
    }
    const { 'bias/0.last': last, 'bias/0.before': before } = optimizer.state();
    expect([await last!.data(), await before!.data()]).toEqual([Float32Array.of(2), Float32Array.of(1)]);
  });

  it('keeps the weights of before', async () => {
    const remember: Transform = {
      init: (parameter) => ({ previous: mul(parameter, 0) }),
      update: (updates, { parameters }) => ({ updates, slots: parameters.map((previous) => ({ previous })) }),
    };
    const optimizer = transformOptimizer(chain(remember, scaleByLearningRate()), { learningRate: 1 });
    const [kernel] = parametersAt();
    const before = await kernel!.value.data();
    optimizer.step([kernel!], [tensor([1, 2, 3], { backend })]).dispose();
    expect(await optimizer.state()['kernel/0.previous']!.data()).toEqual(before);
    expect(await kernel!.value.data()).not.toEqual(before);
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
