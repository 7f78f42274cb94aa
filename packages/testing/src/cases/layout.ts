import {
  concat,
  expand,
  flip,
  pad,
  reshape,
  slice,
  split,
  squeeze,
  stack,
  sum,
  type Tensor,
  tile,
  transpose,
  unstack,
} from '@lstm/core';
import { type ConformanceCase, input } from '../case.ts';

/** Cases of ops that move or add up elements. */
export function layoutCases(): readonly ConformanceCase[] {
  const one = (
    op: string,
    name: string,
    shape: readonly number[],
    apply: (x: Tensor) => Tensor | Tensor[],
  ): ConformanceCase => ({
    op,
    name,
    inputs: { x: input(shape, 3) },
    run: ({ x }) => apply(x as Tensor),
  });
  const integer = (op: string, apply: (x: Tensor) => Tensor): ConformanceCase => ({
    op,
    name: 'int32',
    inputs: { x: { shape: [2, 3], values: [-7, 5, 2 ** 30, 0, 1, -1], dtype: 'int32' } },
    run: ({ x }) => apply(x as Tensor),
  });
  const two = (
    op: string,
    name: string,
    shapes: readonly (readonly number[])[],
    apply: (xs: Tensor[]) => Tensor,
  ): ConformanceCase => ({
    op,
    name,
    inputs: Object.fromEntries(shapes.map((shape, i) => [`x${i}`, input(shape, i)])),
    run: (inputs) => apply(Object.values(inputs)),
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
    { ...one('sum', 'many elements', [41, 67], (x) => sum(x)), large: true },
    { ...one('sum', 'many rows', [1031, 3], (x) => sum(x, { axes: 1 })), large: true },
    { ...one('sum', 'a very long row', [2, 1601], (x) => sum(x, { axes: 1 })), large: true },
    one('transpose', 'a matrix', [5, 7], (x) => transpose(x)),
    { ...one('transpose', 'a large matrix', [67, 131], (x) => transpose(x)), large: true },
    one('transpose', 'three axes', [2, 3, 5], (x) => transpose(x, [2, 0, 1])),
    one('transpose', 'time and batch', [17, 33, 2], (x) => transpose(x, [1, 0, 2])),
    one('squeeze', 'one axis', [2, 1, 3, 1], (x) => squeeze(x, { axes: 1 })),
    one('slice', 'a block', [4, 5, 6], (x) => slice(x, [1, 0, 2], [2, -1, 3])),
    one('slice', 'no elements', [4, 5], (x) => slice(x, [1, 0], [0, -1])),
    one('pad', 'both axes', [2, 3], (x) =>
      pad(
        x,
        [
          [1, 0],
          [2, 1],
        ],
        { value: 7 },
      ),
    ),
    one('pad', 'nothing', [2, 3], (x) =>
      pad(x, [
        [0, 0],
        [0, 0],
      ]),
    ),
    two(
      'concat',
      'the middle axis',
      [
        [2, 3, 2],
        [2, 1, 2],
        [2, 4, 2],
      ],
      (xs) => concat(xs, { axis: 1 }),
    ),
    two('concat', 'one tensor', [[3, 2]], (xs) => concat(xs)),
    two(
      'concat',
      'no elements',
      [
        [0, 3],
        [0, 2],
      ],
      (xs) => concat(xs, { axis: 1 }),
    ),
    integer('sum', (x) => sum(x, { axes: 0 })),
    integer('transpose', (x) => transpose(x)),
    integer('slice', (x) => slice(x, [0, 1], [2, 2])),
    integer('concat', (x) => concat([x, x], { axis: 1 })),
    integer('flip', (x) => flip(x)),
    two(
      'stack',
      'a new last axis',
      [
        [2, 3],
        [2, 3],
      ],
      (xs) => stack(xs, { axis: -1 }),
    ),
    one('unstack', 'steps of sequences', [2, 5, 3], (x) => unstack(x, { axis: 1 })),
    one('split', 'equal parts', [3, 8], (x) => split(x, 4, { axis: 1 })),
    one('split', 'other parts', [6, 2], (x) => split(x, [1, 0, 5])),
    one('flip', 'all axes', [3, 4], (x) => flip(x)),
    one('flip', 'time', [2, 5, 3], (x) => flip(x, { axes: 1 })),
    one('tile', 'both axes', [2, 3], (x) => tile(x, [3, 2])),
    one('tile', 'no copies', [2, 3], (x) => tile(x, [0, 1])),
  ];
}
