import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Backend, BernoulliKey } from '../backend/types.ts';
import { tensor, zeros } from '../create.ts';
import { grad } from '../grad.ts';
import { bernoulli } from '../random/bernoulli.ts';
import { reference } from '../reference/index.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './add.ts';
import { dropout, dropoutMask } from './dropout.ts';
import { embedding } from './embedding.ts';
import { gather } from './gather.ts';
import { layerNorm } from './layer-norm.ts';
import { type LinearOptions, linear } from './linear.ts';
import { mul } from './mul.ts';
import { oneHot } from './one-hot.ts';
import { scatterAdd } from './scatter-add.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';
import { square } from './square.ts';
import { sum } from './sum.ts';

interface Entry {
  readonly shape: number[];
  readonly data: (number | string)[];
}
type Entries = Readonly<Record<string, Entry>>;
interface LayerCase {
  readonly name: string;
  readonly op: 'linear' | 'layerNorm' | 'embedding' | 'softmaxCrossEntropy';
  readonly options: LinearOptions & { readonly epsilon?: number };
  readonly inputs: Entries;
  readonly weights: Entries;
  readonly outputs: { readonly y: Entry };
  readonly lossWeights: { readonly y: Entry };
  readonly gradients: Entries;
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../../testing/vectors/pytorch/layers.json', import.meta.url), 'utf8'),
) as { cases: LayerCase[] };

const backend = reference();
const indices = (values: number[] | number[][]): Tensor => tensor(values, { dtype: 'int32', backend });
const float = (values: number[] | number[][], requiresGrad = false): Tensor =>
  tensor(values, { dtype: 'float64', backend, requiresGrad });

function call({ op, options }: LayerCase, tensors: Readonly<Record<string, Tensor>>): Tensor {
  const { x, kernel, bias, gamma, beta, table, tokens, logits, labels } = tensors;
  if (op === 'linear') return linear(x as Tensor, kernel as Tensor, bias, options);
  if (op === 'layerNorm') return layerNorm(x as Tensor, { ...options, gamma, beta });
  if (op === 'embedding') return embedding(table as Tensor, tokens as Tensor);
  return softmaxCrossEntropy(logits as Tensor, labels as Tensor);
}

function expectNear(found: Tensor | undefined, wanted: readonly number[], absolute: number, relative: number): void {
  const values = found?.dataSync() ?? [];
  expect(values).toHaveLength(wanted.length);
  wanted.forEach((value, i) => {
    expect(Math.abs((values[i] as number) - value)).toBeLessThanOrEqual(absolute + relative * Math.abs(value));
  });
}

describe('ops on rows give what PyTorch gives', () => {
  it.each(cases.map((each) => [each.name, each] as const))('%s', (_, each) => {
    const make = (name: string, { shape, data }: Entry): Tensor =>
      name === 'tokens' || name === 'labels'
        ? tensor(data.map(Number), { shape, dtype: 'int32', backend })
        : tensor(data.map(Number), { shape, dtype: 'float64', backend, requiresGrad: name !== 'factor' });
    const tensors = Object.fromEntries(
      Object.entries({ ...each.inputs, ...each.weights }).map(([name, entry]) => [name, make(name, entry)]),
    );
    const y = call(each, tensors);
    expect(y.shape).toEqual(each.outputs.y.shape);
    expectNear(y, each.outputs.y.data.map(Number), 1e-9, 1e-7);
    const names = Object.keys(each.gradients);
    const loss = sum(mul(y, make('factor', each.lossWeights.y)));
    const gradients = grad(
      loss,
      names.map((name) => tensors[name] as Tensor),
    );
    names.forEach((name, i) => {
      expectNear(gradients[i], (each.gradients[name] as Entry).data.map(Number), 1e-9, 1e-7);
    });
  });
});

describe('ops on rows have gradients of gradients', () => {
  const kernel = [
    [0.3, -0.7],
    [0.2, 0.5],
    [-0.4, 0.1],
  ];
  it.each<[string, (x: Tensor) => Tensor]>([
    ['linear', (x) => linear(x, float(kernel), float([0.1, 0.2]), { activation: 'tanh' })],
    ['layerNorm', (x) => layerNorm(x, { gamma: float([1, 2, -1]) })],
    ['softmaxCrossEntropy', (x) => softmaxCrossEntropy(x, indices([2, 0]))],
    ['gather', (x) => square(gather(square(x), indices([1, 1, 0])))],
    ['scatterAdd', (x) => square(scatterAdd(indices([1, 1]), square(x), 2))],
    ['dropout', (x) => square(dropout(square(x), 0.3, { seed: 1, name: 'dropout' }))],
  ])('%s', (_, apply) => {
    const base = [0.5, -1, 0.25, 1.5, 0.75, -0.5];
    const factor = tensor([0.3, -0.8, 0.6, 0.2, 0.9, -0.4], { shape: [2, 3], dtype: 'float64', backend });
    /** A scalar made of the gradient at `values`, and its own gradient. */
    const slopeAt = (values: number[]): { slope: number; gradient: Tensor | undefined } => {
      const x = tensor(values, { shape: [2, 3], dtype: 'float64', backend, requiresGrad: true });
      const [first] = grad(sum(square(add(apply(x), 1))), [x], { createGraph: true });
      const slope = sum(mul(first, factor));
      return { slope: slope.dataSync()[0] as number, gradient: grad(slope, [x])[0] };
    };
    const step = 1e-5;
    const differences = base.map((value, i) => {
      const at = (moved: number): number => slopeAt(base.with(i, moved)).slope;
      return (at(value + step) - at(value - step)) / (2 * step);
    });
    expect(differences.some((value) => Math.abs(value) > 0.1)).toBe(true);
    expectNear(slopeAt(base).gradient, differences, 1e-7, 1e-6);
  });
});

describe('lookups', () => {
  it('oneHot gives zeros for an index outside', () => {
    expect([...oneHot(indices([1, -1, 2]), 2).dataSync()]).toEqual([0, 1, 0, 0, 0, 0]);
    expect(oneHot(indices([[1], [0]]), 3, { dtype: 'int32' }).shape).toEqual([2, 1, 3]);
  });

  it('the gradient of an embedding adds up by token', () => {
    const table = zeros([3, 2], { dtype: 'float64', backend });
    const x = add(table, float([[0, 0]], true));
    const [gradient] = grad(sum(embedding(x, indices([2, 0, 2]))), [x]);
    expect([...gradient.dataSync()]).toEqual([1, 1, 0, 0, 2, 2]);
  });
});

describe('dropout', () => {
  const key = { seed: 7, name: 'dropout', step: 3 };
  const ones = tensor(new Float32Array(4096).fill(1), { backend });

  it('scales what it keeps, and its gradient likewise', () => {
    const x = tensor(new Float32Array(64).fill(1), { backend, requiresGrad: true });
    const y = dropout(x, 0.75, key);
    expect([...new Set(y.dataSync())].toSorted((a, b) => a - b)).toEqual([0, 4]);
    const values = y.dataSync();
    expect(grad(sum(y), [x])[0].dataSync()).toEqual(values);
  });

  it('drops the share that it is told, other elements at each step and under each name', () => {
    const dropped = (values: ArrayLike<number>): number => Array.from(values).filter((value) => value === 0).length;
    const here = dropout(ones, 0.25, key).dataSync();
    // 4096 draws: the standard deviation is 28
    expect(Math.abs(dropped(here) - 1024)).toBeLessThan(120);
    expect(dropout(ones, 0.25, key).dataSync()).toEqual(here);
    expect(dropout(ones, 0.25, { ...key, step: 4 }).dataSync()).not.toEqual(here);
    expect(dropout(ones, 0.25, { ...key, name: 'other' }).dataSync()).not.toEqual(here);
    expect(dropout(ones, 0, key).dataSync()).toEqual(ones.dataSync());
  });

  it('draws on the backend where it can', () => {
    const calls: [Shape, number, BernoulliKey][] = [];
    const drawing: Backend = {
      ...backend,
      kernels: {
        ...backend.kernels,
        bernoulli(shape, rate, given) {
          // A kernel may be a method.
          expect(this).toBe(drawing.kernels);
          calls.push([shape, rate, given]);
          return backend.upload(bernoulli(6, rate, key), shape);
        },
      },
    };
    expect(dropoutMask([2, 3], 0.5, key, { backend: drawing }).dataSync()).toEqual(
      dropoutMask([2, 3], 0.5, key, { backend }).dataSync(),
    );
    expect(calls).toEqual([[[2, 3], 0.5, { key: expect.any(Array), step: 3 }]]);
    expect(() => dropoutMask([2], 0.5, { ...key, step: 0.5 }, { backend: drawing })).toThrow('step is 0.5');
    expect(() => dropoutMask([2], 1, key, { backend: drawing })).toThrow('[dropoutMask] rate is 1.');
    expect(() => dropoutMask(2 as never, 0.5, key, { backend: drawing })).toThrow('[dropoutMask] shape is 2.');
  });
});

describe('ops on rows teach', () => {
  const x = float([[1, 2]]);
  const kernel = float([[1], [2]]);
  it.each<[string, () => unknown]>([
    ['gather with float indices', () => gather(x, float([0]))],
    ['gather from a scalar', () => gather(tensor(1, { backend }), indices([0]))],
    ['gather outside', () => gather(x, indices([1]))],
    ['scatterAdd of other shapes', () => scatterAdd(indices([0, 1]), x, 2)],
    ['scatterAdd outside', () => scatterAdd(indices([2]), x, 2)],
    ['embedding of an unknown token', () => embedding(x, indices([0, 5]))],
    ['embedding with tokens first', () => embedding(indices([0, 1]), x)],
    ['oneHot of no classes', () => oneHot(indices([0]), 0)],
    ['linear with another input', () => linear(x, float([[1, 2, 3]]))],
    ['linear with another bias', () => linear(x, kernel, float([1, 2]))],
    ['linear with two dtypes', () => linear(x, kernel, tensor([1], { backend }))],
    ['linear with an unknown activation', () => linear(x, kernel, undefined, { activation: 'Relu' } as object)],
    ['layerNorm with another gamma', () => layerNorm(x, { gamma: float([1]) })],
    ['layerNorm with two dtypes', () => layerNorm(x, { beta: tensor([1, 2], { backend }) })],
    ['layerNorm of a scalar', () => layerNorm(tensor(1, { backend }))],
    ['layerNorm with a negative epsilon', () => layerNorm(x, { epsilon: -1 })],
    ['softmaxCrossEntropy with one-hot labels', () => softmaxCrossEntropy(x, indices([[0, 1]]))],
    ['softmaxCrossEntropy with a label outside', () => softmaxCrossEntropy(x, indices([2]))],
    ['dropout of everything', () => dropout(x, 1, { seed: 1, name: 'dropout' })],
    ['dropout of integers', () => dropout(indices([1]), 0.5, { seed: 1, name: 'dropout' })],
    ['dropoutMask with an unknown option', () => dropoutMask([1], 0.5, { seed: 1, name: 'a' }, { type: 1 } as object)],
  ])('%s', (_, body) => {
    expect(body).toThrowErrorMatchingSnapshot();
  });
});
