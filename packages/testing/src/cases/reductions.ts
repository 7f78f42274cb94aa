import {
  argmax,
  cumulativeSum,
  logSumExp,
  max,
  mean,
  min,
  type ReduceOptions,
  type Tensor,
  variance,
} from '@lstm/core';
import { type CaseInput, type ConformanceCase, input } from '../case.ts';

const [nan, infinity] = [Number.NaN, Number.POSITIVE_INFINITY];

/** Cases of reductions besides `sum`. */
export function reductionCases(): readonly ConformanceCase[] {
  const reductions = { mean, max, min, variance, logSumExp };
  const settings: Readonly<Record<string, ReduceOptions>> = {
    'all axes': {},
    'the middle axis': { axes: 1 },
    'first and last, kept': { axes: [0, -1], keepAxes: true },
  };
  const along = (
    op: string,
    name: string,
    apply: (x: Tensor) => Tensor,
    x: CaseInput = input([3, 5, 7], 4, 3),
  ): ConformanceCase => ({ op, name, inputs: { x }, run: (inputs) => apply(inputs['x'] as Tensor) });
  const ties: CaseInput = { shape: [3, 4], values: [3, 1, 3, 3, -1, -1, -1, -1, 2, nan, 5, nan] };
  /** The last one is the greatest. */
  const many: CaseInput = { shape: [41, 67], values: input([41 * 67], 6).values.with(-1, 2) };
  const integers: CaseInput = { shape: [2, 3], values: [4, -9, 4, -3, 8, 8], dtype: 'int32' };
  return [
    ...Object.entries(reductions).flatMap(([op, apply]) =>
      Object.entries(settings).map(([name, options]) => along(op, name, (x) => apply(x, options))),
    ),
    ...Object.entries(reductions).flatMap(([op, apply]) => [
      along(op, 'a long row', (x) => apply(x, { axes: 1 }), input([2, 130], 5, 3)),
      along(op, 'a scalar', (x) => apply(x), input([], 5)),
      along(op, 'no rows', (x) => apply(x, { axes: 1 }), input([0, 3], 5)),
    ]),
    ...Object.entries({ mean, variance, logSumExp }).map(([op, apply]) =>
      along(op, 'rows without elements', (x) => apply(x, { axes: 1 }), input([3, 0], 5)),
    ),
    ...Object.entries({ max, min }).flatMap(([op, apply]) => [
      { ...along(op, 'equal values and NaN', (x) => apply(x, { axes: 1 }), ties), differentiable: [] },
      along(op, 'int32', (x) => apply(x, { axes: 0 }), integers),
    ]),
    { ...along('argmax', 'equal values and NaN', (x) => argmax(x), ties), differentiable: [] },
    along('argmax', 'int32', (x) => argmax(x), integers),
    { ...along('argmax', 'the middle axis', (x) => argmax(x, { axis: 1 })), differentiable: [] },
    { ...along('argmax', 'the last axis', (x) => argmax(x)), differentiable: [] },
    // The others are made of max and sum, which has its large cases in layout.ts.
    { ...along('max', 'many elements', (x) => max(x), many), large: true },
    { ...along('max', 'many rows', (x) => max(x, { axes: 1 }), input([1031, 3], 5)), large: true },
    { ...along('max', 'a very long row', (x) => max(x, { axes: 1 }), input([2, 1601], 5)), large: true },
    { ...along('argmax', 'a very long row', (x) => argmax(x), input([2, 1601], 5)), differentiable: [] },
    { ...along('argmax', 'the first axis', (x) => argmax(x, { axis: 0 })), differentiable: [] },
    along('cumulativeSum', 'the last axis', (x) => cumulativeSum(x)),
    along('cumulativeSum', 'the middle axis', (x) => cumulativeSum(x, { axis: 1 })),
    along('cumulativeSum', 'the first axis', (x) => cumulativeSum(x, { axis: 0 })),
    along('cumulativeSum', 'a long row', (x) => cumulativeSum(x), input([130], 5)),
    { ...along('cumulativeSum', 'a very long row', (x) => cumulativeSum(x), input([521], 5)), large: true },
    along('cumulativeSum', 'no elements', (x) => cumulativeSum(x), input([3, 0], 5)),
    along('cumulativeSum', 'int32', (x) => cumulativeSum(x), integers),
    {
      op: 'logSumExp',
      name: 'rows of infinities',
      inputs: { x: { shape: [3, 2], values: [-infinity, -infinity, infinity, 0, -infinity, 0] } },
      run: ({ x }) => logSumExp(x as Tensor, { axes: 1 }),
      differentiable: [],
    },
  ];
}
