import {
  dropout,
  dropoutMask,
  embedding,
  gather,
  layerNorm,
  linear,
  oneHot,
  scatterAdd,
  softmaxCrossEntropy,
  type Tensor,
} from '@lstm/core';
import { type CaseInput, type ConformanceCase, input } from '../case.ts';

const indices = (shape: readonly number[], values: readonly number[]): CaseInput => ({ shape, values, dtype: 'int32' });
const activations = ['linear', 'tanh', 'sigmoid', 'hardSigmoid', 'relu'] as const;

/** The first and the last of 259 rows, others in between, some of them twice. */
const many = indices(
  [67],
  Array.from({ length: 67 }, (_, i) => (i < 60 ? (i * 258) % 259 : 140 + i)),
);

/** Cases of ops that work on rows: lookups, affine maps, normalization, cross-entropy, dropout. */
export function rowCases(): readonly ConformanceCase[] {
  return [
    {
      op: 'gather',
      name: 'repeated rows',
      inputs: { table: input([5, 3], 1), at: indices([2, 3], [4, 0, 4, 1, 4, 2]) },
      run: ({ table, at }) => gather(table as Tensor, at as Tensor),
    },
    {
      op: 'gather',
      name: 'of a vector',
      inputs: { table: input([7], 1), at: indices([4], [6, 6, 0, 3]) },
      run: ({ table, at }) => gather(table as Tensor, at as Tensor),
    },
    {
      op: 'scatterAdd',
      name: 'repeated rows',
      inputs: { at: indices([4], [1, 1, 0, 3]), updates: input([4, 5], 2) },
      run: ({ at, updates }) => scatterAdd(at as Tensor, updates as Tensor, 5),
    },
    {
      op: 'gather',
      name: 'int32 rows',
      inputs: { table: indices([3, 2], [5, -1, 7, 2, 0, 9]), at: indices([2], [2, 1]) },
      run: ({ table, at }) => gather(table as Tensor, at as Tensor),
    },
    {
      op: 'scatterAdd',
      name: 'int32 rows',
      inputs: { at: indices([3], [1, 1, 0]), updates: indices([3, 2], [5, -1, 7, 2, 0, 9]) },
      run: ({ at, updates }) => scatterAdd(at as Tensor, updates as Tensor, 3),
    },
    {
      op: 'embedding',
      name: 'tokens of two sequences',
      inputs: { table: input([6, 5], 3), tokens: indices([2, 4], [0, 5, 5, 1, 2, 0, 3, 3]) },
      run: ({ table, tokens }) => embedding(table as Tensor, tokens as Tensor),
    },
    {
      op: 'oneHot',
      name: 'two axes',
      inputs: { at: indices([2, 2], [0, 2, 1, 1]) },
      run: ({ at }) => oneHot(at as Tensor, 3),
    },
    ...activations.map(
      (activation): ConformanceCase => ({
        op: 'linear',
        name: activation,
        inputs: { x: input([2, 3, 7], 1), kernel: input([7, 5], 2), bias: input([5], 3) },
        run: ({ x, kernel, bias }) => linear(x as Tensor, kernel as Tensor, bias, { activation }),
      }),
    ),
    {
      op: 'linear',
      name: 'no bias, sizes 17 and 33',
      inputs: { x: input([9, 17], 1), kernel: input([17, 33], 2) },
      run: ({ x, kernel }) => linear(x as Tensor, kernel as Tensor),
    },
    {
      op: 'layerNorm',
      name: 'scale and shift',
      inputs: { x: input([2, 3, 7], 1, 3), gamma: input([7], 2), beta: input([7], 3) },
      run: ({ x, gamma, beta }) => layerNorm(x as Tensor, { gamma, beta }),
    },
    {
      op: 'gather',
      name: 'many rows',
      inputs: { table: input([259, 5], 1), at: many },
      run: ({ table, at }) => gather(table as Tensor, at as Tensor),
      large: true,
    },
    {
      op: 'scatterAdd',
      name: 'many rows',
      inputs: { at: many, updates: input([67, 19], 2) },
      run: ({ at, updates }) => scatterAdd(at as Tensor, updates as Tensor, 259),
      large: true,
    },
    {
      op: 'linear',
      name: 'sizes 67, 131 and 70',
      inputs: { x: input([67, 131], 1), kernel: input([131, 70], 2, 0.3), bias: input([70], 3) },
      run: ({ x, kernel, bias }) => linear(x as Tensor, kernel as Tensor, bias, { activation: 'tanh' }),
      large: true,
    },
    {
      op: 'layerNorm',
      name: 'long rows',
      inputs: { x: input([19, 131], 1, 3), gamma: input([131], 2), beta: input([131], 3) },
      run: ({ x, gamma, beta }) => layerNorm(x as Tensor, { gamma, beta }),
      large: true,
    },
    {
      op: 'softmaxCrossEntropy',
      name: 'rows of a vocabulary',
      inputs: { logits: input([3, 1031], 1, 5), labels: indices([3], [0, 1030, 517]) },
      run: ({ logits, labels }) => softmaxCrossEntropy(logits as Tensor, labels as Tensor),
      large: true,
    },
    {
      op: 'layerNorm',
      name: 'neither',
      inputs: { x: input([5, 4], 1, 3) },
      run: ({ x }) => layerNorm(x as Tensor, { epsilon: 1e-5 }),
    },
    {
      op: 'softmaxCrossEntropy',
      name: 'rows',
      inputs: { logits: input([4, 7], 1, 5), labels: indices([4], [0, 6, 3, 3]) },
      run: ({ logits, labels }) => softmaxCrossEntropy(logits as Tensor, labels as Tensor),
    },
    {
      op: 'softmaxCrossEntropy',
      name: 'steps of sequences',
      inputs: { logits: input([2, 3, 5], 1, 5), labels: indices([2, 3], [0, 4, 3, 3, 2, 1]) },
      run: ({ logits, labels }) => softmaxCrossEntropy(logits as Tensor, labels as Tensor),
    },
    {
      op: 'dropout',
      name: 'a third dropped',
      inputs: { x: input([5, 7], 1) },
      run: ({ x }) => dropout(x as Tensor, 1 / 3, { seed: 3, name: 'dropout', step: 2 }),
    },
    {
      op: 'dropoutMask',
      name: 'a half dropped',
      inputs: { x: input([1], 1) },
      run: ({ x }) => {
        const { dtype, backend } = x as Tensor;
        return dropoutMask([3, 5], 0.5, { seed: 3, name: 'mask' }, { dtype, backend });
      },
      differentiable: [],
    },
  ];
}
