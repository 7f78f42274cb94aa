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
import { unaryCases } from './elementwise.ts';

/** Cases of activations. */
export function activationCases(): readonly ConformanceCase[] {
  const functions = { relu, leakyRelu, elu, selu, gelu, silu, softplus, softsign, sigmoid, hardSigmoid, tanh };
  const rows = (op: string, apply: (x: Tensor) => Tensor): ConformanceCase[] => [
    { op, name: 'rows', inputs: { x: input([3, 7], 1, 4) }, run: ({ x }) => apply(x as Tensor) },
    { op, name: 'large inputs', inputs: { x: input([2, 5], 2, 90) }, run: ({ x }) => apply(x as Tensor) },
  ];
  return [
    ...Object.entries(functions).flatMap(([op, apply]) => unaryCases(op, (x) => apply(x), [-4, 4])),
    ...rows('softmax', softmax),
    ...rows('logSoftmax', logSoftmax),
    {
      op: 'softmax',
      name: 'the first axis',
      inputs: { x: input([3, 4, 2], 1) },
      run: ({ x }) => softmax(x as Tensor, { axis: 0 }),
    },
  ];
}
