import { hostArray, memory, Parameter, type Tensor, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { describe, expect, it } from 'vitest';
import { adam, adamw, type Optimizer, rmsprop, sgd } from './index.ts';

const backend = reference();
const weight = (name: string, value: number): Parameter =>
  new Parameter({ name, shape: [1], backend, initialize: () => hostArray([value]) });

/** `count` steps on x² from where the parameter stands. */
async function descend(optimizer: Optimizer, parameter: Parameter, count: number): Promise<number> {
  for (let i = 0; i < count; i++) {
    const x = await parameter.value.item();
    const gradient: Tensor = tensor([2 * x], { backend });
    optimizer.step([parameter], [gradient]).dispose();
    gradient.dispose();
  }
  return parameter.value.item();
}

describe.each([
  ['sgd', () => sgd({ learningRate: 0.1, momentum: 0.5, nesterov: true })],
  ['adam', () => adam({ learningRate: 0.1 })],
  ['adamw', () => adamw({ learningRate: 0.1 })],
  ['rmsprop', () => rmsprop({ learningRate: 0.1, centered: true, momentum: 0.5 })],
] as const)('%s', (_, create) => {
  it('descends', async () => {
    expect(Math.abs(await descend(create(), weight('w', 3), 60))).toBeLessThan(0.5);
  });

  it('continues bit for bit from a saved state', async () => {
    const [whole, first] = [weight('w', 3), weight('w', 3)];
    const expected = await descend(create(), whole, 7);
    const interrupted = create();
    await descend(interrupted, first, 4);
    const state = Object.fromEntries(
      await Promise.all(
        Object.entries(interrupted.state()).map(
          async ([name, slot]) => [name, hostArray(await slot.data(), slot.shape)] as const,
        ),
      ),
    );
    const resumed = create();
    resumed.loadState(state, interrupted.iterations);
    expect(resumed.iterations).toBe(4);
    expect(await descend(resumed, first, 3)).toBe(expected);
  });

  it('continues on the backend of the parameters, also where its state was read on another before', async () => {
    const [first, second] = [weight('w', 3), weight('w', 3)];
    const [whole, resumed] = [create(), create()];
    await descend(whole, first, 2);
    const slots = Object.entries(whole.state());
    const state = Object.fromEntries(slots.map(([name, slot]) => [name, hostArray(slot.dataSync(), slot.shape)]));
    second.assign(hostArray(first.value.dataSync()));
    resumed.loadState(state, whole.iterations);
    await useBackend(reference());
    const read = Object.values(resumed.state());
    expect(read.every((slot) => slot.backend !== backend)).toBe(true);
    expect(await descend(resumed, second, 2)).toBe(await descend(whole, first, 2));
    expect(Object.values(resumed.state()).every((slot) => slot.backend === backend)).toBe(true);
    expect(read.every(({ disposed }) => disposed)).toBe(true);
  });

  it('gives its memory back', async () => {
    const parameter = weight('w', 3);
    const before = memory().tensors;
    const optimizer = create();
    await descend(optimizer, parameter, 3);
    optimizer.dispose();
    parameter.dispose();
    expect(memory().tensors).toBe(before);
  });
});

describe('the learning rate', () => {
  it('follows a schedule', async () => {
    const optimizer = sgd({ learningRate: (step) => (step === 0 ? 0.5 : 0) });
    expect(await descend(optimizer, weight('w', 3), 5)).toBe(0);
    expect(() => {
      optimizer.learningRate = 1;
    }).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [sgd] learningRate is a schedule. Only a constant rate can be set. Put the change into the schedule.]`,
    );
  });

  it('can be set where it is constant', () => {
    const optimizer = sgd();
    optimizer.learningRate = 0.5;
    expect(optimizer.toConfig()).toEqual({
      type: 'sgd',
      options: { learningRate: 0.5, momentum: 0, nesterov: false, weightDecay: 0 },
    });
    expect(() => {
      optimizer.learningRate = Number.NaN;
    }).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [sgd] learningRate is NaN. learningRate is a number at least 0. Change learningRate.]`,
    );
  });
});

describe('options', () => {
  it('bound the gradient', async () => {
    const parameter = weight('w', 0);
    const optimizer = sgd({ learningRate: 1, clipNorm: 0.5 });
    const norm = optimizer.step([parameter], [tensor([8], { backend })]);
    expect([await norm.item(), await parameter.value.item()]).toEqual([8, -0.5]);
    sgd({ learningRate: 1, clipValue: 0.25 }).step([parameter], [tensor([-8], { backend })]);
    expect(await parameter.value.item()).toBe(-0.25);
  });

  it('are followed by lists', () => {
    expect(() => adam().step(tensor([1]) as never, [])).toThrow(
      '[adam] parameters are a Tensor, gradients are []. A step takes a list of each. Write optimizer.step(network.parameters, gradients).',
    );
    expect(() => sgd().step([], undefined as never)).toThrow('[sgd] parameters are [], gradients are undefined.');
  });

  it('teach what is wrong', () => {
    // @ts-expect-error an option that does not exist
    expect(() => adam({ lr: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [adam] option lr is unknown. Options are learningRate, clipNorm, clipValue, weightDecay, beta1, beta2, epsilon. Did you mean learningRate?]`,
    );
    expect(() => adam({ beta1: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [adam] beta1 is 1. beta1 is a number in [0, 1). Change beta1.]`,
    );
    expect(() => sgd({ nesterov: true })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [sgd] momentum is 0. nesterov looks ahead along the momentum. Set momentum: 0.9.]`,
    );
    expect(() => rmsprop({ clipNorm: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [rmsprop] clipNorm is 0. clipNorm is a number above 0. Change clipNorm.]`,
    );
  });
});
