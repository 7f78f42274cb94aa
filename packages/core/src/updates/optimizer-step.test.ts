import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { OptimizerRule } from '../backend/updates.ts';
import { tensor } from '../create.ts';
import { hostArray } from '../host-array.ts';
import { memory } from '../memory.ts';
import { Parameter } from '../parameter.ts';
import { reference } from '../reference/index.ts';
import { optimizerStep, slotNames } from './index.ts';

interface OptimizerFile {
  readonly scale: number[];
  readonly initial: { kernel: number[]; bias: number[] };
  readonly storedSteps: number[];
  readonly cases: {
    name: string;
    optimizer: string;
    options: Record<string, number | boolean>;
    outputs: { kernel: { data: number[] }; bias: { data: number[] } };
  }[];
}

const load = (source: string): OptimizerFile => {
  const url = new URL(`../../../testing/vectors/${source}/optimizers.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as OptimizerFile;
};

function ruleOf(optimizer: string, options: Record<string, number | boolean>): OptimizerRule {
  const number = (name: string, fallback: number): number => Number(options[name] ?? fallback);
  const weightDecay = number('weightDecay', 0);
  const momentum = number('momentum', 0);
  if (optimizer === 'sgd') return { kind: 'sgd', momentum, nesterov: options['nesterov'] === true, weightDecay };
  const epsilon = number('epsilon', 1e-7);
  if (optimizer === 'rmsprop')
    return {
      kind: 'rmsprop',
      momentum,
      epsilon,
      rho: number('rho', 0.9),
      centered: options['centered'] === true,
      weightDecay,
    };
  const [beta1, beta2] = [number('beta1', 0.9), number('beta2', 0.999)];
  return { kind: 'adam', beta1, beta2, epsilon, weightDecay, decoupled: optimizer === 'adamw' };
}

const backend = reference();

function slot(name: string, values: number[], dtype: 'float64' | 'float32'): Parameter {
  return new Parameter({ name, shape: [values.length], dtype, backend, initialize: () => hostArray(values) });
}

describe.each(['float64', 'float32'] as const)('optimizerStep in %s gives what Keras gives', (dtype) => {
  const file = load('keras');
  // Keras's weight decay is decoupled everywhere; ours is only in adamw.
  const cases = file.cases.filter(
    ({ optimizer, options }) =>
      !('clipNormPerParameter' in options) && (optimizer === 'adamw' || !('weightDecay' in options)),
  );
  it.each(cases.map((each) => [each.name, each] as const))('%s', async (_, { optimizer, options, outputs }) => {
    const rule = ruleOf(optimizer, options);
    const parameters = [slot('kernel', file.initial.kernel, dtype), slot('bias', file.initial.bias, dtype)];
    const slots = parameters.map(({ name, shape }) =>
      slotNames(rule).map((each) => slot(`${name}/${each}`, Array<number>(shape[0] ?? 0).fill(0), dtype)),
    );
    const before = memory().tensors;
    for (let step = 1; step <= 100; step++) {
      const g = file.scale.map((scale, i) => (scale * (((7 * step * (i + 3) + 5 * i) % 17) - 7)) / 8);
      const gradients = [g.slice(0, 4), g.slice(4)].map((values) => tensor(values, { dtype, backend }));
      const norm = optimizerStep(
        { parameters, gradients, slots },
        {
          rule,
          learningRate: Number(options['learningRate']) * Number(options['decayRate'] ?? 1) ** (step - 1),
          step,
          ...('clipNorm' in options && { clipNorm: Number(options['clipNorm']) }),
          ...('clipValue' in options && { clipValue: Number(options['clipValue']) }),
        },
      );
      expect(await norm.item()).toBeCloseTo(Math.hypot(...g), dtype === 'float64' ? 10 : 3);
      for (const each of [norm, ...gradients]) each.dispose();
      const row = file.storedSteps.indexOf(step);
      if (row < 0) continue;
      const found = await Promise.all(parameters.map((parameter) => parameter.value.data()));
      const expected = [outputs.kernel.data.slice(4 * row, 4 * row + 4), outputs.bias.data.slice(3 * row, 3 * row + 3)];
      found.forEach((values, p) => {
        values.forEach((value, i) => {
          const wanted = expected[p]?.[i] ?? Number.NaN;
          const tolerance = dtype === 'float64' ? 1e-10 * (1 + Math.abs(wanted)) : 1e-6 + 1e-5 * Math.abs(wanted);
          expect(Math.abs(value - wanted)).toBeLessThanOrEqual(tolerance);
        });
      });
    }
    expect(memory().tensors - before).toBe(parameters.length * (1 + slotNames(rule).length));
  });
});

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
    const { handle } = weight.value.storage;
    optimizerStep({ parameters: [weight], gradients, slots: [[]] }, attributes).dispose();
    expect(handles).toEqual([handle]);
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
    expect(() =>
      optimizerStep({ parameters: [weight], gradients: [gradient], slots: [[]] }, attributes),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [optimizerStep] the gradient of weight is [1]. The parameter is [2]. Pass the gradients in the order of the parameters.]`,
    );
    expect(() =>
      optimizerStep({ parameters: [weight], gradients: [], slots: [[]] }, attributes),
    ).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [optimizerStep] there are 1 parameters, 0 gradients and 1 lists of slots. Each of at least one parameter has a gradient and its slots. Pass the gradients in the order of the parameters.]`,
    );
  });
});
