import { matmul, type Tensor } from '@lstm/core';
import { type ConformanceCase, input } from '../case.ts';

/** Larger ones compare gradients with the reference. */
const smallSize = 40;

const sizes: readonly (readonly [string, number, number, number])[] = [
  ['one element', 1, 1, 1],
  ['odd sizes', 3, 5, 7],
  ['around tile borders', 17, 33, 31],
  ['a long inner axis', 5, 301, 7],
  ['many rows and columns', 131, 35, 67],
];

/** Cases of matrix products: each transposition, batches that match and batches that broadcast. */
export function matmulCases(): readonly ConformanceCase[] {
  const products = sizes.flatMap(([name, m, k, n]) =>
    [false, true].flatMap((transposeA) =>
      [false, true].map(
        (transposeB): ConformanceCase => ({
          op: 'matmul',
          name: `${name}${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`,
          inputs: { a: input(transposeA ? [k, m] : [m, k], 4), b: input(transposeB ? [n, k] : [k, n], 5) },
          run: ({ a, b }) => matmul(a as Tensor, b as Tensor, { transposeA, transposeB }),
          large: Math.max(m, k, n) > smallSize,
        }),
      ),
    ),
  );
  const batched = (name: string, a: readonly number[], b: readonly number[]): ConformanceCase => ({
    op: 'matmul',
    name,
    inputs: { a: input(a, 6), b: input(b, 7) },
    run: ({ a: left, b: right }) => matmul(left as Tensor, right as Tensor),
  });
  return [
    ...products,
    batched('equal batches', [2, 3, 5], [2, 5, 4]),
    batched('one matrix for all batches', [2, 3, 5], [5, 4]),
    batched('batches broadcast', [2, 1, 3, 5], [3, 5, 4]),
  ];
}
