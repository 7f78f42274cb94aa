import { beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../../test/message-of.ts';
import { useBackend } from '../backend/define.ts';
import type { Backend } from '../backend/types.ts';
import { ones, tensor, zeros } from '../create.ts';
import { grad, valueAndGrad } from '../grad.ts';
import { reference } from '../reference/index.ts';
import type { Tensor } from '../tensor.ts';
import {
  type AxisOptions,
  argmax,
  cumulativeSum,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  mul,
  type ReduceOptions,
  softmax,
  square,
  sum,
  variance,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

// 0 and −0 are one number here.
const values = (x: Tensor): number[] => Array.from(x.dataSync(), (value) => value + 0);
const infinity = Number.POSITIVE_INFINITY;

describe('max, min and argmax', () => {
  it('share the gradient among equals', () => {
    const x = tensor([
      [3, 1, 3],
      [2, 5, 2],
    ]);
    expect(values(valueAndGrad((y) => sum(max(y, { axes: 1 })), [x]).gradients[0])).toEqual([0.5, 0, 0.5, 0, 1, 0]);
    expect(values(valueAndGrad((y) => sum(min(y, { axes: 1 })), [x]).gradients[0])).toEqual([0, 1, 0, 0.5, 0, 0.5]);
  });

  it('have a second derivative through what follows', () => {
    const x = tensor([1, 4, 2], { requiresGrad: true });
    const [first] = grad(square(max(x)), [x], { createGraph: true });
    expect(values(first)).toEqual([0, 8, 0]);
    expect(values(grad(sum(first), [x])[0])).toEqual([0, 2, 0]);
  });

  it('take NaN for the largest, the lowest index among equals, and integers', () => {
    expect(values(max(tensor([1, Number.NaN, 3])))).toEqual([Number.NaN]);
    expect(values(min(tensor([1, Number.NaN, 3])))).toEqual([Number.NaN]);
    expect(
      values(
        argmax(
          tensor([
            [1, Number.NaN, Number.NaN],
            [2, 7, 7],
          ]),
        ),
      ),
    ).toEqual([1, 1]);
    const integers = tensor(Int32Array.of(4, -9, 7, 7));
    expect([max(integers), min(integers), argmax(integers)].map(values)).toEqual([[7], [-9], [2]]);
  });
});

describe('rows of minus infinity', () => {
  it('have a logSumExp of minus infinity and no slope, twice', () => {
    const x = tensor(
      [
        [-infinity, -infinity],
        [0, -infinity],
      ],
      { requiresGrad: true },
    );
    const y = logSumExp(x, { axes: 1 });
    expect(values(y)).toEqual([-infinity, 0]);
    const [first] = grad(sum(y), [x], { createGraph: true });
    expect(values(first)).toEqual([0, 0, 1, 0]);
    expect(values(grad(sum(mul(first, tensor([1, 2]))), [x])[0])).toEqual([0, 0, 0, 0]);
  });
});

it('logSumExp of plus infinity has no slope at what is finite', () => {
  const { value, gradients } = valueAndGrad((x) => logSumExp(x), [tensor([5, infinity, -infinity])]);
  expect(values(value)).toEqual([infinity]);
  expect(values(gradients[0])).toEqual([0, Number.NaN, 0]);
});

it('the mean of ones is 1 for any number of them', () => {
  for (const count of [3, 41, 47, 2999]) expect(values(mean(ones([count])))).toEqual([1]);
});

describe('empty tensors', () => {
  it('reduce to what the empty sum says', () => {
    const rows = zeros([2, 0]);
    expect(values(sum(rows, { axes: 1 }))).toEqual([0, 0]);
    expect(values(logSumExp(rows, { axes: 1 }))).toEqual([-infinity, -infinity]);
    expect(values(mean(rows, { axes: 1 }))).toEqual([Number.NaN, Number.NaN]);
    expect(max(rows, { axes: 0 }).shape).toEqual([0]);
    for (const f of [softmax, logSoftmax, cumulativeSum]) expect(f(rows).shape).toEqual([2, 0]);
  });
});

describe('cumulativeSum', () => {
  const withoutKernel = (): Backend => {
    const backend = reference();
    const { cumulativeSum: _, ...kernels } = backend.kernels;
    return { ...backend, kernels };
  };

  it('is the same with and without the kernel, with its gradient and the next one', () => {
    const results = [reference(), withoutKernel()].map((backend) => {
      const x = tensor(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        { backend, requiresGrad: true },
      );
      const y = cumulativeSum(x, { axis: 0 });
      const [first] = grad(sum(mul(y, y)), [x], { createGraph: true });
      return [y, first, grad(sum(mul(first, x)), [x])[0]].map(values);
    });
    expect(results[0]?.slice(0, 2)).toEqual([
      [1, 2, 3, 5, 7, 9],
      [12, 18, 24, 10, 14, 18],
    ]);
    expect(results[1]).toEqual(results[0]);
  });

  it('adds integers', () => {
    expect(values(cumulativeSum(tensor(Int32Array.of(3, -1, 2))))).toEqual([3, 2, 4]);
  });
});

describe('errors', () => {
  it('say fact, rule and fix', () => {
    const x = tensor([[1, 2, 3]]);
    const unchecked = (options: object): ReduceOptions & AxisOptions => options;
    const integers = tensor(Int32Array.of(1, 2));
    expect([
      messageOf(() => mean(x, unchecked({ axis: 1 }))),
      messageOf(() => min(x, { axes: 2 })),
      messageOf(() => variance(x, { axes: -3 })),
      messageOf(() => logSumExp(x, unchecked({ keepDims: true }))),
      messageOf(() => max(zeros([3, 0]), { axes: 1 })),
      messageOf(() => min(zeros([0]))),
      messageOf(() => argmax(zeros([3, 0]))),
      messageOf(() => softmax(tensor(1))),
      messageOf(() => softmax(x, unchecked({ axes: 1 }))),
      messageOf(() => logSoftmax(x, { axis: 2 })),
      messageOf(() => cumulativeSum(x, { axis: 0.5 })),
      ...[mean, variance, logSumExp].map((f) => messageOf(() => f(integers))),
    ]).toMatchInlineSnapshot(`
      [
        "OptionError: [mean] option axis is unknown. Options are axes, keepAxes. Did you mean axes?",
        "OptionError: [min] axis is 2. The tensor has rank 2, so an axis lies in [-2, 1]. Choose an axis of the tensor.",
        "OptionError: [variance] axis is -3. The tensor has rank 2, so an axis lies in [-2, 1]. Choose an axis of the tensor.",
        "OptionError: [logSumExp] option keepDims is unknown. Options are axes, keepAxes. Did you mean keepAxes?",
        "ShapeError: [max] x is [3, 0]. Nothing has no largest or smallest element. Check the length of the reduced axes.",
        "ShapeError: [min] x is [0]. Nothing has no largest or smallest element. Check the length of the reduced axes.",
        "ShapeError: [argmax] x is [3, 0]. Axis 1 has no elements to choose from. Check its length.",
        "OptionError: [softmax] axis is -1. A scalar has no axes. Choose an axis of the tensor.",
        "OptionError: [softmax] option axes is unknown. Options are axis. Did you mean axis?",
        "OptionError: [logSoftmax] axis is 2. The tensor has rank 2, so an axis lies in [-2, 1]. Choose an axis of the tensor.",
        "OptionError: [cumulativeSum] axis is 0.5. The tensor has rank 2, so an axis lies in [-2, 1]. Choose an axis of the tensor.",
        "DTypeError: [mean] x is int32. mean takes float32 or float64. Convert it: cast(x, 'float32').",
        "DTypeError: [variance] x is int32. variance takes float32 or float64. Convert it: cast(x, 'float32').",
        "DTypeError: [logSumExp] x is int32. logSumExp takes float32 or float64. Convert it: cast(x, 'float32').",
      ]
    `);
  });
});
