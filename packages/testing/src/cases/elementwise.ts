import {
  abs,
  cast,
  clip,
  div,
  erf,
  exp,
  expm1,
  floor,
  log,
  log1p,
  maximum,
  minimum,
  neg,
  pow,
  reciprocal,
  roundToBfloat16,
  sign,
  sqrt,
  square,
  sub,
  type Tensor,
  type TensorLike,
} from '@lstm/core';
import { type CaseInput, type ConformanceCase, input } from '../case.ts';

type Range = readonly [number, number];

/** Values of `shape` spread over an interval. */
export function within(shape: readonly number[], seed: number, [low, high]: Range): CaseInput {
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

/** Two inputs that broadcast. */
export function binaryCases(
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
    'odd sizes, a block repeats': [
      [2, 3, 33],
      [3, 33],
    ],
    'no elements': [[0, 3], [3]],
  };
  return Object.entries(shapes).map(([name, [a, b]]) => ({
    op,
    name,
    inputs: { a: within(a, 1, range), b: within(b, 2, range) },
    run: (inputs) => apply(inputs['a'] as Tensor, inputs['b'] as Tensor),
    ...options,
  }));
}

/** Small integers of both signs. */
export const integers: CaseInput = { shape: [2, 3], values: [-2, -1, 0, 1, 2, 3], dtype: 'int32' };
const [nan, infinity] = [Number.NaN, Number.POSITIVE_INFINITY];

/** What is not an ordinary number; only values are compared. */
export function specialCase(op: string, apply: (x: Tensor) => Tensor): ConformanceCase {
  return {
    op,
    name: 'zero, infinities and NaN',
    inputs: { x: { shape: [4], values: [0, infinity, -infinity, nan] } },
    run: ({ x }) => apply(x as Tensor),
    differentiable: [],
  };
}

/** Two int32 inputs. */
export function integerCase(op: string, apply: (a: Tensor, b: Tensor) => Tensor): ConformanceCase {
  return {
    op,
    name: 'int32',
    inputs: { a: integers, b: { shape: [3], values: [-2, 7, 0], dtype: 'int32' } },
    run: ({ a, b }) => apply(a as Tensor, b as Tensor),
  };
}

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
    ...unaryCases('roundToBfloat16', roundToBfloat16, [-3, 3], constant),
    ...unaryCases('erf', erf, [-3, 3]),
    ...unaryCases('clip', (x) => clip(x, -1, 1), [-2, 2]),
    ...Object.entries({ expm1, log1p }).map(
      ([op, apply]): ConformanceCase => ({
        op,
        name: 'near 0, divided by x',
        inputs: { x: { shape: [6], values: [1e-3, -1e-3, 1e-5, -1e-5, 1e-7, -1e-7] } },
        run: ({ x }) => div(apply(x as Tensor), x as Tensor),
        differentiable: [],
      }),
    ),
    ...unaryCases('cast', (x) => cast(x, x.dtype), [-3, 3]),
    {
      op: 'cast',
      name: 'to int32',
      inputs: { x: within([4, 5], 1, [-9, 9]) },
      run: ({ x }) => cast(x as Tensor, 'int32'),
      differentiable: [],
    },
    {
      op: 'cast',
      name: 'what int32 cannot hold',
      inputs: { x: { shape: [6], values: [nan, infinity, -infinity, 2 ** 31, -(2 ** 31), -3e9] } },
      run: ({ x }) => cast(x as Tensor, 'int32'),
      differentiable: [],
    },
    {
      op: 'cast',
      name: 'from int32',
      inputs: { x: integers },
      run: ({ x }) => cast(x as Tensor, 'float32'),
    },
    ...Object.entries({ neg, abs, sign }).map(
      ([op, apply]): ConformanceCase => ({
        op,
        name: 'int32',
        inputs: { x: integers },
        run: ({ x }) => apply(x as Tensor),
      }),
    ),
    ...Object.entries({ neg, abs, sign, exp, expm1, log, log1p, sqrt, reciprocal, floor, erf }).map(([op, apply]) =>
      specialCase(op, apply),
    ),
    specialCase('clip', (x) => clip(x, -1, 1)),
    integerCase('sub', sub),
    {
      op: 'pow',
      name: 'negative bases, zero exponent',
      inputs: {
        a: { shape: [2, 3], values: [-2, -2, 3, -0.5, 2, -1.5] },
        b: { shape: [2, 3], values: [2, 3, 0, -1, 0, 0] },
      },
      run: ({ a, b }) => pow(a as Tensor, b as Tensor),
      differentiable: ['a'],
    },
    {
      op: 'pow',
      name: 'zero bases',
      inputs: { a: { shape: [4], values: [0, 0, 0, 0] }, b: { shape: [4], values: [0, 1, 2.5, -1] } },
      run: ({ a, b }) => pow(a as Tensor, b as Tensor),
      differentiable: [],
    },
    {
      op: 'pow',
      name: 'infinities and NaN',
      inputs: {
        a: { shape: [10], values: [1, 1, 1, -1, -1, nan, nan, 2, 0.5, -2] },
        b: { shape: [10], values: [nan, infinity, -infinity, infinity, nan, 0, 1, infinity, -infinity, -infinity] },
      },
      run: ({ a, b }) => pow(a as Tensor, b as Tensor),
      differentiable: [],
    },
    {
      op: 'pow',
      name: 'zeros and infinities to the power of either',
      inputs: {
        a: { shape: [11], values: [0, 0, ...Array(4).fill(-infinity), infinity, infinity, -2, -0.5, 0.5] },
        b: {
          shape: [11],
          values: [infinity, -infinity, 0.5, -0.5, 3, 2, 0.5, -infinity, infinity, infinity, infinity],
        },
      },
      run: ({ a, b }) => pow(a as Tensor, b as Tensor),
      differentiable: [],
    },
    ...binaryCases('sub', sub, [-3, 3]),
    ...binaryCases('div', div, [0.5, 4]),
    ...binaryCases('pow', pow, [0.5, 3]),
    ...binaryCases('maximum', maximum, [-3, 3]),
    ...binaryCases('minimum', minimum, [-3, 3]),
  ];
}
