import {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  maximum,
  minimum,
  notEqual,
  type Tensor,
  where,
} from '@lstm/core';
import { type ConformanceCase, input } from '../case.ts';
import { binaryCases, integerCase, integers } from './elementwise.ts';

const [nan, infinity] = [Number.NaN, Number.POSITIVE_INFINITY];

/** Equal values, infinities and NaN; only values are compared. */
function pairsCase(op: string, apply: (a: Tensor, b: Tensor) => Tensor): ConformanceCase {
  return {
    op,
    name: 'equal values, infinities and NaN',
    inputs: {
      a: { shape: [3, 3], values: [1, 2, 3, infinity, infinity, -infinity, nan, 1, nan] },
      b: { shape: [3, 3], values: [1, 3, 2, infinity, 0, infinity, 1, nan, nan] },
    },
    run: ({ a, b }) => apply(a as Tensor, b as Tensor),
    differentiable: [],
  };
}

/** Cases of comparisons and of what chooses by them. */
export function comparisonCases(): readonly ConformanceCase[] {
  const comparisons = { less, lessEqual, greater, greaterEqual, equal, notEqual };
  return [
    ...Object.entries(comparisons).flatMap(([op, apply]) => binaryCases(op, apply, [-3, 3], { differentiable: [] })),
    ...Object.entries({ ...comparisons, maximum, minimum }).flatMap(([op, apply]) => [
      pairsCase(op, apply),
      integerCase(op, apply),
    ]),
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
      name: 'a scalar chooses',
      inputs: { condition: { shape: [], values: [0] }, a: input([3, 1], 1), b: input([1, 7], 2) },
      run: ({ condition, a, b }) => where(condition as Tensor, a as Tensor, b as Tensor),
      differentiable: ['a', 'b'],
    },
    {
      op: 'where',
      name: 'no elements',
      inputs: { condition: input([0, 1], 1), a: input([0, 3], 1), b: input([3], 2) },
      run: ({ condition, a, b }) => where(condition as Tensor, a as Tensor, b as Tensor),
      differentiable: ['a', 'b'],
    },
    {
      op: 'where',
      name: 'NaN in the value that is not taken',
      inputs: {
        condition: { shape: [3], values: [1, 0, 1] },
        a: { shape: [3], values: [1, nan, 3] },
      },
      run: ({ condition, a }) => where(condition as Tensor, a as Tensor, 7),
      differentiable: [],
    },
    {
      op: 'where',
      name: 'int32 values',
      inputs: { condition: { shape: [2, 1], values: [1, 0] }, a: integers },
      run: ({ condition, a }) => where(condition as Tensor, a as Tensor, 9),
      differentiable: [],
    },
  ];
}
