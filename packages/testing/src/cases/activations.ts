import {
  elu,
  gelu,
  hardSigmoid,
  leakyRelu,
  logSoftmax,
  relu,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  type Tensor,
  tanh,
} from '@lstm/core';
import { type ConformanceCase, input } from '../case.ts';
import { specialCase, unaryCases } from './elementwise.ts';

/** Cases of activations. */
export function activationCases(): readonly ConformanceCase[] {
  const functions = { relu, leakyRelu, elu, selu, gelu, silu, softplus, softsign, sigmoid, hardSigmoid, tanh };
  const rows = (op: string, apply: (x: Tensor) => Tensor): ConformanceCase[] => [
    { op, name: 'rows', inputs: { x: input([3, 7], 1, 4) }, run: ({ x }) => apply(x as Tensor) },
    { op, name: 'large inputs', inputs: { x: input([2, 5], 2, 90) }, run: ({ x }) => apply(x as Tensor) },
    { op, name: 'a long row', inputs: { x: input([130], 3, 4) }, run: ({ x }) => apply(x as Tensor) },
    {
      op,
      name: 'rows of a vocabulary',
      inputs: { x: input([2, 1031], 3, 4) },
      run: ({ x }) => apply(x as Tensor),
      large: true,
    },
    { op, name: 'rows without elements', inputs: { x: input([3, 0], 1) }, run: ({ x }) => apply(x as Tensor) },
    {
      op,
      name: 'minus infinity',
      inputs: { x: { shape: [2, 3], values: [0, Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY, 2, 2] } },
      run: ({ x }) => apply(x as Tensor),
      differentiable: [],
    },
  ];
  const firstAxis = (op: string, apply: typeof softmax): ConformanceCase => ({
    op,
    name: 'the first axis',
    inputs: { x: input([3, 4, 2], 1) },
    run: ({ x }) => apply(x as Tensor, { axis: 0 }),
  });
  return [
    ...Object.entries(functions).flatMap(([op, apply]) => unaryCases(op, (x) => apply(x), [-4, 4])),
    // The others multiply an infinity by 0 or divide two.
    ...Object.entries({ relu, leakyRelu, elu, selu, softplus, sigmoid, hardSigmoid, tanh }).map(([op, apply]) =>
      specialCase(op, (x) => apply(x)),
    ),
    ...rows('softmax', softmax),
    ...rows('logSoftmax', logSoftmax),
    firstAxis('softmax', softmax),
    firstAxis('logSoftmax', logSoftmax),
  ];
}
