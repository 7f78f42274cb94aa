import {
  abs,
  cast,
  clip,
  div,
  equal,
  erf,
  exp,
  expm1,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  log1p,
  maximum,
  minimum,
  neg,
  notEqual,
  pow,
  reciprocal,
  sign,
  sqrt,
  square,
  sub,
  type Tensor,
  type TensorLike,
  where,
} from '@lstm/core';
import { type CaseInput, type ConformanceCase, input } from '../case.ts';

type Range = readonly [number, number];

/** Values of `shape` spread over an interval. */
function within(shape: readonly number[], seed: number, [low, high]: Range): CaseInput {
  const { values } = input(shape, seed);
  return { shape, values: values.map((value) => low + ((value + 1) / 2) * (high - low)) };
}

/** One input, at three sizes. */
export function unaryCases(
  op: string,
  apply: (x: Tensor) => Tensor,
  range: Range,
  options: Pick<ConformanceCase, 'differentiable'> = {},
): ConformanceCase[] {
  const shapes = { 'odd sizes': [3, 7, 5], 'a scalar': [], 'no elements': [0, 3] };
  return Object.entries(shapes).map(([name, shape]) => ({
    op,
    name,
    inputs: { x: within(shape, 5, range) },
    run: ({ x }) => apply(x as Tensor),
    ...options,
  }));
}

function binaryCases(
  op: string,
  apply: (a: TensorLike, b: TensorLike) => Tensor,
  range: Range,
  options: Pick<ConformanceCase, 'differentiable'> = {},
): ConformanceCase[] {
  const shapes: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
    'same shape': [
      [3, 17],
      [3, 17],
    ],
    'a row and a column': [
      [1, 9],
      [5, 1],
    ],
    'a scalar': [[], [2, 3, 4]],
  };
  return Object.entries(shapes).map(([name, [a, b]]) => ({
    op,
    name,
    inputs: { a: within(a, 1, range), b: within(b, 2, range) },
    run: (inputs) => apply(inputs['a'] as Tensor, inputs['b'] as Tensor),
    ...options,
  }));
}

const integers: CaseInput = { shape: [2, 3], values: [-2, -1, 0, 1, 2, 3], dtype: 'int32' };

/** Cases of elementwise functions. Inputs keep away from kinks, where differences say nothing. */
export function elementwiseCases(): readonly ConformanceCase[] {
  const constant = { differentiable: [] };
  return [
    ...unaryCases('neg', neg, [-3, 3]),
    ...unaryCases('abs', abs, [-3, 3]),
    ...unaryCases('sign', sign, [-3, 3], constant),
    ...unaryCases('exp', exp, [-5, 5]),
    ...unaryCases('expm1', expm1, [-1, 1]),
    ...unaryCases('log', log, [0.1, 9]),
    ...unaryCases('log1p', log1p, [-0.5, 3]),
    ...unaryCases('sqrt', sqrt, [0.1, 9]),
    ...unaryCases('square', square, [-3, 3]),
    ...unaryCases('reciprocal', reciprocal, [0.5, 4]),
    ...unaryCases('floor', floor, [-3, 3], constant),
    ...unaryCases('erf', erf, [-3, 3]),
    ...unaryCases('clip', (x) => clip(x, -1, 1), [-2, 2]),
    ...unaryCases('cast', (x) => cast(x, x.dtype), [-3, 3]),
    {
      op: 'cast',
      name: 'to int32',
      inputs: { x: within([4, 5], 1, [-9, 9]) },
      run: ({ x }) => cast(x as Tensor, 'int32'),
      differentiable: [],
    },
    { op: 'neg', name: 'int32', inputs: { x: integers }, run: ({ x }) => neg(x as Tensor) },
    { op: 'equal', name: 'int32', inputs: { x: integers }, run: ({ x }) => equal(x as Tensor, 2) },
    ...binaryCases('sub', sub, [-3, 3]),
    ...binaryCases('div', div, [0.5, 4]),
    ...binaryCases('pow', pow, [0.5, 3]),
    ...binaryCases('maximum', maximum, [-3, 3]),
    ...binaryCases('minimum', minimum, [-3, 3]),
    ...binaryCases('less', less, [-3, 3], constant),
    ...binaryCases('lessEqual', lessEqual, [-3, 3], constant),
    ...binaryCases('greater', greater, [-3, 3], constant),
    ...binaryCases('greaterEqual', greaterEqual, [-3, 3], constant),
    ...binaryCases('equal', equal, [-3, 3], constant),
    ...binaryCases('notEqual', notEqual, [-3, 3], constant),
    {
      op: 'where',
      name: 'a column chooses',
      inputs: {
        condition: { shape: [4, 1], values: [1, 0, 1, 0] },
        a: input([4, 5], 1),
        b: input([5], 2),
      },
      run: ({ condition, a, b }) => where(condition as Tensor, a as Tensor, b as Tensor),
      differentiable: ['a', 'b'],
    },
    {
      op: 'where',
      name: 'NaN in the value that is not taken',
      inputs: {
        condition: { shape: [3], values: [1, 0, 1] },
        a: { shape: [3], values: [1, Number.NaN, 3] },
      },
      run: ({ condition, a }) => where(condition as Tensor, a as Tensor, 7),
      differentiable: [],
    },
  ];
}
