import { expand, reshape, sum, type Tensor, transpose } from '@lstm/core';
import { type ConformanceCase, input } from '../case.ts';

/** Cases of ops that move or add up elements. */
export function layoutCases(): readonly ConformanceCase[] {
  const one = (op: string, name: string, shape: readonly number[], apply: (x: Tensor) => Tensor): ConformanceCase => ({
    op,
    name,
    inputs: { x: input(shape, 3) },
    run: ({ x }) => apply(x as Tensor),
  });
  return [
    one('reshape', 'one length computed', [4, 6], (x) => reshape(x, [3, -1])),
    one('reshape', 'to a scalar', [1, 1], (x) => reshape(x, [])),
    one('expand', 'new and stretched axes', [3, 1], (x) => expand(x, [2, 3, 5])),
    one('expand', 'a scalar', [], (x) => expand(x, [7])),
    one('sum', 'all axes', [3, 5, 7], (x) => sum(x)),
    one('sum', 'the middle axis', [3, 5, 7], (x) => sum(x, { axes: 1 })),
    one('sum', 'first and last, kept', [3, 5, 7], (x) => sum(x, { axes: [0, -1], keepAxes: true })),
    one('sum', 'no elements', [0, 4], (x) => sum(x, { axes: 0 })),
    one('transpose', 'a matrix', [5, 7], (x) => transpose(x)),
    one('transpose', 'three axes', [2, 3, 5], (x) => transpose(x, [2, 0, 1])),
    one('transpose', 'time and batch', [17, 33, 2], (x) => transpose(x, [1, 0, 2])),
  ];
}
