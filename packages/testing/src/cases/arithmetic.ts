import { add, mul, type Tensor } from '@lstm/core';
import { type ConformanceCase, input } from '../case.ts';
import { integerCase } from './elementwise.ts';

type Binary = (a: Tensor, b: Tensor) => Tensor;

const shapes: readonly (readonly [string, readonly number[], readonly number[]])[] = [
  ['equal shapes', [3, 5], [3, 5]],
  ['a row repeats', [3, 5], [5]],
  ['a column repeats', [3, 1], [3, 5]],
  ['a column and a row', [4, 1], [1, 5]],
  ['a row and a column', [1, 5], [4, 1]],
  ['both repeat', [4, 1, 3], [5, 1]],
  ['a scalar', [2, 3], []],
  ['no elements', [0, 3], [3]],
  ['odd sizes', [1, 5, 33], [5, 33]],
  ['many elements', [3, 23, 71], [23, 1]],
];

/** Cases of elementwise arithmetic with broadcasting. */
export function arithmeticCases(): readonly ConformanceCase[] {
  const ops: readonly (readonly [string, Binary])[] = [
    ['add', add],
    ['mul', mul],
  ];
  return ops.flatMap(([op, apply]) => [
    ...shapes.map(
      ([name, a, b]): ConformanceCase => ({
        op,
        name,
        inputs: { a: input(a, 1), b: input(b, 2) },
        run: ({ a: left, b: right }) => apply(left as Tensor, right as Tensor),
        large: name === 'many elements',
      }),
    ),
    integerCase(op, apply),
  ]);
}
