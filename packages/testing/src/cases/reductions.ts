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
import { type ConformanceCase, input } from '../case.ts';

/** Cases of reductions besides `sum`. */
export function reductionCases(): readonly ConformanceCase[] {
  const reductions = { mean, max, min, variance, logSumExp };
  const settings: Readonly<Record<string, ReduceOptions>> = {
    'all axes': {},
    'the middle axis': { axes: 1 },
    'first and last, kept': { axes: [0, -1], keepAxes: true },
  };
  const along = (op: string, name: string, apply: (x: Tensor) => Tensor): ConformanceCase => ({
    op,
    name,
    inputs: { x: input([3, 5, 7], 4, 3) },
    run: ({ x }) => apply(x as Tensor),
  });
  return [
    ...Object.entries(reductions).flatMap(([op, apply]) =>
      Object.entries(settings).map(([name, options]) => along(op, name, (x) => apply(x, options))),
    ),
    { ...along('argmax', 'the last axis', (x) => argmax(x)), differentiable: [] },
    { ...along('argmax', 'the first axis', (x) => argmax(x, { axis: 0 })), differentiable: [] },
    along('cumulativeSum', 'the last axis', (x) => cumulativeSum(x)),
    along('cumulativeSum', 'the middle axis', (x) => cumulativeSum(x, { axis: 1 })),
    {
      op: 'logSumExp',
      name: 'a row of -Infinity',
      inputs: { x: { shape: [2], values: [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY] } },
      run: ({ x }) => logSumExp(x as Tensor),
      differentiable: [],
    },
  ];
}
