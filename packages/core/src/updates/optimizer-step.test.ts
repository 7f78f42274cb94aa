import { describe, expect, it } from 'vitest';
import { tensor } from '../create.ts';
import { hostArray } from '../host-array.ts';
import { memory } from '../memory.ts';
import { Parameter } from '../parameter.ts';
import { reference } from '../reference/index.ts';
import { optimizerStep, updateStep } from './index.ts';

const backend = reference();

function slot(name: string, values: number[], dtype: 'float64' | 'float32'): Parameter {
  return new Parameter({ name, shape: [values.length], dtype, backend, initialize: () => hostArray(values) });
}

const sgd = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;

describe('optimizerStep', () => {
  it.each([
    ['a gradient', Number.NaN, 1],
    ['a gradient', Number.POSITIVE_INFINITY, 1],
    ['the loss', 1, Number.NaN],
  ])('changes nothing when %s is not finite', async (_, gradient, loss) => {
    const weight = slot('weight', [1, 2], 'float32');
    const [g, l] = [tensor([gradient, 1], { backend }), tensor(loss, { backend })];
    const norm = optimizerStep(
      { parameters: [weight], gradients: [g], slots: [[]], loss: l },
      { rule: sgd, learningRate: 1, step: 1 },
    );
    expect([...(await weight.value.data())]).toEqual([1, 2]);
    norm.dispose();
  });

  it('donates buffers that nothing else holds to a backend that updates in place', async () => {
    const handles: unknown[] = [];
    const inPlace = {
      ...reference(),
      updates: {
        optimizerStep: {
          run({ parameters }: { parameters: readonly { handle: unknown }[] }) {
            for (const { handle } of parameters) {
              handles.push(handle);
              (handle as { data: Float32Array }).data.fill(9);
            }
            return inPlace.kernels.fill([], 0, 'float32');
          },
        },
      },
    };
    const weight = new Parameter({ name: 'w', shape: [1], backend: inPlace, initialize: () => hostArray([1]) });
    const gradients = [tensor([0], { backend: inPlace })];
    const attributes = { rule: sgd, learningRate: 1, step: 1 };
    const first = weight.value;
    optimizerStep({ parameters: [weight], gradients, slots: [[]] }, attributes).dispose();
    expect(handles).toEqual([first.storage.handle]);
    await expect(first.data()).rejects.toThrow('It was the value of parameter w');
    const held = weight.value.storage.retain();
    optimizerStep({ parameters: [weight], gradients, slots: [[]] }, attributes).dispose();
    expect(handles[1]).not.toBe(held.handle);
    expect([...(await weight.value.data())]).toEqual([9]);
    held.release();
  });

  it('teaches what does not fit', () => {
    const weight = slot('weight', [1, 2], 'float32');
    const attributes = { rule: sgd, learningRate: 1, step: 1 };
    const gradient = tensor([1], { backend });
    const right = tensor([1, 2], { backend });
    expect(() =>
      optimizerStep({ parameters: [weight], gradients: [gradient], slots: [[]] }, attributes),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [optimizerStep] the gradient of weight is [1]. The parameter is [2]. Pass the gradients in the order of the parameters.]`,
    );
    const twice = { parameters: [weight, weight], gradients: [right, right], slots: [[], []] };
    expect(() => optimizerStep(twice, attributes)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [optimizerStep] weight is there twice. A step changes each parameter once. Pass it once, with the sum of its gradients.]`,
    );
    const int = { parameters: [weight], gradients: [tensor([1, 2], { backend, dtype: 'int32' })], slots: [[]] };
    expect(() => optimizerStep(int, attributes)).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: [optimizerStep] the gradient of weight is int32. The parameter is float32. Convert it: cast(gradient, 'float32').]`,
    );
    const momentum = { ...attributes, rule: { ...sgd, momentum: 0.9 } };
    const one = { parameters: [weight], gradients: [right] };
    expect(() => optimizerStep({ ...one, slots: [[]] }, momentum)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [optimizerStep] weight has 0 slots. The rule sgd keeps 1: velocity. Make a slot for each name of slotNames(rule).]`,
    );
    const short = slot('weight/velocity', [1], 'float32');
    expect(() => optimizerStep({ ...one, slots: [[short]] }, momentum)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [optimizerStep] slot weight/velocity is float32 [1]. The parameter is float32 [2]. Give the slots shape and dtype of their parameter.]`,
    );
    expect(() => optimizerStep({ ...one, slots: [[]], loss: right }, attributes)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [optimizerStep] the loss is [2]. It is a scalar. Reduce it, for example with mean(loss).]`,
    );
    expect(() =>
      optimizerStep({ parameters: [weight], gradients: [], slots: [[]] }, attributes),
    ).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [optimizerStep] there are 1 parameters, 0 gradients and 1 lists of slots. Each of at least one parameter has a gradient and its slots. Pass the gradients in the order of the parameters.]`,
    );
  });
});

describe('updateStep', () => {
  it('keeps the slots too when nothing may change', async () => {
    const [weight, count] = [slot('weight', [1, 2], 'float64'), slot('weight/count', [5], 'float64')];
    const compute = () => ({
      updates: [tensor([1, 1], { dtype: 'float64', backend })],
      slots: [[tensor([6], { dtype: 'float64', backend })]],
    });
    const gradients = [tensor([1, 1], { dtype: 'float64', backend })];
    const inputs = { parameters: [weight], gradients, slots: [[count]] };
    const before = memory().tensors;
    updateStep({ ...inputs, loss: tensor(Number.POSITIVE_INFINITY, { backend }) }, compute).dispose();
    expect([...(await weight.value.data()), await count.value.item()]).toEqual([1, 2, 5]);
    updateStep({ ...inputs, loss: tensor(1, { backend }) }, compute).dispose();
    expect([...(await weight.value.data()), await count.value.item()]).toEqual([2, 3, 6]);
    // The two losses and the values of both slots, which the first step made.
    expect(memory().tensors - before).toBe(4);
  });

  it('changes nothing where a part has another dtype', async () => {
    const [weight, count] = [slot('weight', [1, 2], 'float32'), slot('weight/count', [5], 'float32')];
    const inputs = { parameters: [weight], gradients: [tensor([1, 1], { backend })], slots: [[count]] };
    const stepped = { updates: [tensor([1, 1], { backend })], slots: [[tensor([6], { dtype: 'int32', backend })]] };
    expect(() => updateStep(inputs, () => stepped)).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: [updateStep] the new value of weight/count is int32. The slot is float32. Convert it: cast(value, 'float32').]`,
    );
    expect([...(await weight.value.data())]).toEqual([1, 2]);
  });

  it('teaches what the rule must return', () => {
    const weight = slot('weight', [1, 2], 'float32');
    const inputs = { parameters: [weight], gradients: [tensor([1, 1], { backend })], slots: [[]] };
    expect(() => updateStep(inputs, () => ({ updates: [], slots: [[]] }))).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [updateStep] there is no update and there are 0 slots for weight. There are one update and 0 slots. Return them all.]`,
    );
    expect(() =>
      updateStep(inputs, () => ({ updates: [tensor(1, { backend })], slots: [[]] })),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [updateStep] the update of weight is []. The parameter is [2]. Return one of that shape.]`,
    );
    const count = slot('weight/count', [1, 2], 'float32');
    const stepped = { updates: [tensor([1, 1], { backend })], slots: [[tensor(7, { backend })]] };
    expect(() => updateStep({ ...inputs, slots: [[count]] }, () => stepped)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [updateStep] the new value of weight/count is []. The slot is [2]. Return one of that shape.]`,
    );
  });
});
