import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Backend, View } from '../backend/types.ts';
import type { OptimizerRule, OptimizerStepAttributes, OptimizerStepTensors } from '../backend/updates.ts';
import { tensor } from '../create.ts';
import type { DType } from '../dtype.ts';
import { hostArray } from '../host-array.ts';
import { memory } from '../memory.ts';
import { Parameter } from '../parameter.ts';
import { dataOf, type HostView } from '../reference/buffer.ts';
import { reference } from '../reference/index.ts';
import { optimizerStep, slotNames } from './index.ts';

interface Options {
  readonly learningRate: number;
  readonly decayRate?: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly centered?: boolean;
  readonly weightDecay?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly rho?: number;
  readonly epsilon?: number;
  readonly clipNorm?: number;
  readonly clipValue?: number;
  readonly clipNormPerParameter?: number;
}

interface Case {
  readonly name: string;
  readonly optimizer: string;
  readonly options: Options;
  readonly outputs: { readonly kernel: { readonly data: number[] }; readonly bias: { readonly data: number[] } };
}

interface OptimizerFile {
  readonly scale: number[];
  readonly initial: { readonly kernel: number[]; readonly bias: number[] };
  readonly storedSteps: number[];
  readonly cases: Case[];
}

function load(source: string): OptimizerFile {
  const url = new URL(`../../../testing/vectors/${source}/optimizers.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as OptimizerFile;
}

function ruleOf(optimizer: string, options: Options): OptimizerRule {
  const { momentum = 0, nesterov = false, centered = false, weightDecay = 0 } = options;
  const { beta1 = 0.9, beta2 = 0.999, rho = 0.9, epsilon = 1e-7 } = options;
  if (optimizer === 'sgd') return { kind: 'sgd', momentum, nesterov, weightDecay };
  if (optimizer === 'rmsprop') return { kind: 'rmsprop', momentum, epsilon, rho, centered, weightDecay };
  return { kind: 'adam', beta1, beta2, epsilon, weightDecay, decoupled: optimizer === 'adamw' };
}

function keras({ optimizer, options }: Case, step: number): OptimizerStepAttributes {
  const { clipNorm, clipValue, learningRate, decayRate = 1 } = options;
  const rule = ruleOf(optimizer, options);
  return { rule, learningRate: learningRate * decayRate ** (step - 1), step, clipNorm, clipValue };
}

/** Attributes whose step by Keras's formulas is a step by PyTorch's. */
function pytorch(each: Case, step: number, gradient: readonly number[]): OptimizerStepAttributes {
  const attributes = keras(each, step);
  const { rule, clipNorm, clipValue = Number.POSITIVE_INFINITY } = attributes;
  // PyTorch adds 1e-6 to the norm that it divides by, and corrects the epsilon of Adam.
  const norm = Math.hypot(...gradient.map((g) => Math.min(Math.max(g, -clipValue), clipValue)));
  const bound = clipNorm === undefined ? {} : { clipNorm: (clipNorm * norm) / (norm + 1e-6) };
  if (rule.kind !== 'adam') return { ...attributes, ...bound };
  return { ...attributes, ...bound, rule: { ...rule, epsilon: rule.epsilon * Math.sqrt(1 - rule.beta2 ** step) } };
}

/** A backend that writes what a step gives into the buffers that it was given. */
function inPlace(): Backend {
  const plain = reference();
  const run = (tensors: OptimizerStepTensors<View>, attributes: OptimizerStepAttributes): View => {
    const upload = (view: View) => tensor(dataOf(view as HostView), { shape: view.shape, backend: plain });
    const copyOf = (view: View): Parameter => {
      const { shape, dtype } = view;
      const initialize = () => hostArray(dataOf(view as HostView).slice(), shape);
      return new Parameter({ name: 'copy', shape, dtype, backend: plain, initialize });
    };
    const [parameters, slots] = [tensors.parameters.map(copyOf), tensors.slots.map((own) => own.map(copyOf))];
    const inputs = { parameters, slots, gradients: tensors.gradients.map(upload) };
    const loss = tensors.loss && upload(tensors.loss);
    const norm = optimizerStep({ ...inputs, loss }, attributes);
    const written = [...tensors.parameters, ...tensors.slots.flat()];
    const copies = [...parameters, ...slots.flat()];
    written.forEach((view, i) => {
      const copy = copies[i] as Parameter;
      dataOf(view as HostView).set(copy.value.dataSync());
      copy.dispose();
    });
    const result = plain.upload(norm.dataSync(), []);
    for (const each of [norm, ...inputs.gradients]) each.dispose();
    loss?.dispose();
    return result;
  };
  return { ...plain, updates: { optimizerStep: { run } } };
}

type AttributesOf = (each: Case, step: number, gradient: readonly number[]) => OptimizerStepAttributes;

async function follow(file: OptimizerFile, each: Case, backend: Backend, dtype: DType, attributesOf: AttributesOf) {
  const slot = (name: string, values: number[]): Parameter =>
    new Parameter({ name, shape: [values.length], dtype, backend, initialize: () => hostArray(values) });
  const parameters = [slot('kernel', file.initial.kernel), slot('bias', file.initial.bias)];
  const names = slotNames(ruleOf(each.optimizer, each.options));
  const slots = parameters.map(({ name, shape }) =>
    names.map((kind) => slot(`${name}/${kind}`, Array<number>(shape[0] ?? 0).fill(0))),
  );
  const before = memory().tensors;
  const found: number[][] = [];
  for (let step = 1; step <= 100; step++) {
    const g = file.scale.map((scale, i) => (scale * (((7 * step * (i + 3) + 5 * i) % 17) - 7)) / 8);
    const gradients = [g.slice(0, 4), g.slice(4)].map((values) => tensor(values, { dtype, backend }));
    const norm = optimizerStep({ parameters, gradients, slots }, attributesOf(each, step, g));
    expect(await norm.item()).toBeCloseTo(Math.hypot(...g), dtype === 'float64' ? 10 : 3);
    for (const tensorOfStep of [norm, ...gradients]) tensorOfStep.dispose();
    if (!file.storedSteps.includes(step)) continue;
    const [kernel = [], bias = []] = await Promise.all(parameters.map(({ value }) => value.data()));
    found.push([...kernel, ...bias]);
  }
  expect(memory().tensors - before).toBe(parameters.length * (1 + names.length));
  for (const each of [...parameters, ...slots.flat()]) each.dispose();
  const { kernel, bias } = each.outputs;
  const expected = file.storedSteps.map((_, row) => [
    ...kernel.data.slice(4 * row, 4 * row + 4),
    ...bias.data.slice(3 * row, 3 * row + 3),
  ]);
  return { found: found.flat(), expected: expected.flat() };
}

const [kerasFile, pytorchFile] = [load('keras'), load('pytorch')];

// Keras's weight decay is decoupled everywhere; ours is only in adamw, as PyTorch's.
const kerasCases = kerasFile.cases.filter(
  ({ optimizer, options: { clipNormPerParameter, weightDecay } }) =>
    clipNormPerParameter === undefined && (optimizer === 'adamw' || weightDecay === undefined),
);
// In PyTorch a falling rate does not enter the velocity, and the epsilon of RMSprop stands outside the root.
const pytorchCases = pytorchFile.cases.filter(
  ({ optimizer, options }) => optimizer !== 'rmsprop' && !(options.momentum !== undefined && options.decayRate),
);

describe.each([
  ['ordinary ops', reference()],
  ['a backend that updates in place', inPlace()],
] as const)('optimizerStep in %s', (_, backend) => {
  it.each(kerasCases.map((each) => [each.name, each] as const))(
    'float64 gives what Keras gives: %s',
    async (_, each) => {
      const { found, expected } = await follow(kerasFile, each, backend, 'float64', keras);
      found.forEach((value, i) => {
        const wanted = expected[i] as number;
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-10 * (1 + Math.abs(wanted)));
      });
    },
  );

  it.each(kerasCases.map((each) => [each.name, each] as const))(
    'float32 gives what Keras gives: %s',
    async (_, each) => {
      const { found, expected } = await follow(kerasFile, each, backend, 'float32', keras);
      found.forEach((value, i) => {
        const wanted = expected[i] as number;
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(wanted));
      });
    },
  );

  it.each(pytorchCases.map((each) => [each.name, each] as const))('gives what PyTorch gives: %s', async (_, each) => {
    const { found, expected } = await follow(pytorchFile, each, backend, 'float64', pytorch);
    found.forEach((value, i) => {
      const wanted = expected[i] as number;
      expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-10 * (1 + Math.abs(wanted)));
    });
  });

  it('adds the weight decay of RMSprop to the gradient, as PyTorch does', async () => {
    const each = pytorchFile.cases.find(({ name }) => name === 'rmsprop, weight decay') as Case;
    // √(v + 10⁻¹⁴) stands for PyTorch's √v + 10⁻⁷; decoupled decay would be up to 0.9 away.
    const options = { ...each.options, epsilon: 1e-14 };
    const { found, expected } = await follow(pytorchFile, { ...each, options }, backend, 'float64', keras);
    found.forEach((value, i) => {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThanOrEqual(2e-4);
    });
  });
});
