import { beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../../test/message-of.ts';
import { useBackend } from '../backend/define.ts';
import { tensor } from '../create.ts';
import { DTypeError } from '../errors.ts';
import { grad, valueAndGrad } from '../grad.ts';
import { memory } from '../memory.ts';
import { reference } from '../reference/index.ts';
import { tidy } from '../scope.ts';
import { noGrad } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import {
  add,
  cast,
  clip,
  div,
  elu,
  equal,
  erf,
  exp,
  expm1,
  floor,
  gelu,
  greater,
  greaterEqual,
  hardSigmoid,
  leakyRelu,
  less,
  lessEqual,
  log,
  log1p,
  logSoftmax,
  maximum,
  mul,
  notEqual,
  pow,
  reciprocal,
  relu,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  where,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const integers = (...values: number[]): Tensor => tensor(Int32Array.from(values));
const doubles = (...values: number[]): Tensor => tensor(Float64Array.from(values), { requiresGrad: true });
// 0 and −0 are one number here.
const values = (x: Tensor): number[] => Array.from(x.dataSync(), (value) => value + 0);

describe('gradients where products would give NaN or lose digits', () => {
  it('where keeps NaN and infinite slopes of the other value out', () => {
    const x = tensor([-1, 0, 4], { requiresGrad: true });
    const positive = less(0, x);
    const [slope] = grad(sum(where(positive, log(where(positive, x, 1)), mul(x, 2))), [x]);
    expect(values(slope)).toEqual([2, 2, 0.25]);
    const infinite = valueAndGrad((y) => sum(where(tensor([1, 0]), y, tensor([0, Number.NaN]))), [tensor([3, 4])]);
    expect(values(infinite.gradients[0])).toEqual([1, 0]);
  });

  it('elu and selu of large inputs have a slope', () => {
    for (const [f, slopes] of [
      [(x: Tensor) => elu(x), [1, 0]],
      [selu, [Math.fround(1.0507009873554805), 0]],
    ] as const) {
      expect(values(valueAndGrad((x) => sum(f(x)), [tensor([1000, -1000])]).gradients[0])).toEqual(slopes);
    }
  });

  it('elu and expm1 keep the digits of a small slope in float32', () => {
    for (const f of [(x: Tensor) => elu(x), expm1]) {
      const slopes = values(valueAndGrad((x) => sum(f(x)), [tensor([-10, -17, -20])]).gradients[0]);
      for (const [i, at] of [-10, -17, -20].entries()) expect((slopes[i] ?? 0) / Math.exp(at)).toBeCloseTo(1, 6);
    }
  });

  it('maximum sends an infinite gradient to the larger value only', () => {
    const [a, b] = [tensor([1, 2], { requiresGrad: true }), tensor([2, 1], { requiresGrad: true })];
    const outputGradient = tensor([Number.POSITIVE_INFINITY, 1]);
    const [da, db] = grad(maximum(a, b), [a, b], { outputGradient });
    expect(values(da)).toEqual([0, 1]);
    expect(values(db)).toEqual([Number.POSITIVE_INFINITY, 0]);
  });

  it('pow has second derivatives where base or exponent is 0', () => {
    const [a, b] = [doubles(0, 0, 0, 4), doubles(0, 1, 2, 0)];
    const [da] = grad(sum(pow(a, b)), [a], { createGraph: true });
    expect(values(da)).toEqual([0, 1, 0, 0]);
    const [daa, dab] = grad(sum(da), [a, b]);
    expect(values(daa)).toEqual([0, 0, 2, 0]);
    // d²(a^b)/da db = a^(b−1) (1 + b log a), here 1/4.
    expect(values(dab).at(-1)).toBe(0.25);
  });

  it('reciprocal and softsign keep small slopes in float32', () => {
    const x = tensor([1e-20], { requiresGrad: true });
    const [slope] = grad(reciprocal(x), [x], { outputGradient: tensor([1e-10]) });
    expect((values(slope)[0] as number) / -1e30).toBeCloseTo(1, 5);
    const { gradients } = valueAndGrad((y) => sum(softsign(y)), [tensor([1e4])]);
    expect((values(gradients[0])[0] as number) * 1.0001 ** 2 * 1e8).toBeCloseTo(1, 5);
  });
});

it('products of integers keep the low 32 bits, as in C', () => {
  expect(values(mul(integers(123456789), integers(987654321)))).toEqual([-67153019]);
  expect(values(mul(integers(123456789, 3), integers(-987654321)))).toEqual([67153019, -2962962963 + 2 ** 32]);
  expect(values(square(integers(123456789)))).toEqual([-1757895751]);
});

describe('comparisons', () => {
  it('give 0 and 1 in float32 for integers, and no gradient', () => {
    for (const [compare, expected] of [
      [less, [1, 0, 0]],
      [lessEqual, [1, 1, 0]],
      [greater, [0, 0, 1]],
      [greaterEqual, [0, 1, 1]],
      [equal, [0, 1, 0]],
      [notEqual, [1, 0, 1]],
    ] as const) {
      const result = compare(integers(1, 2, 3), 2);
      expect(result.dtype).toBe('float32');
      expect(values(result)).toEqual(expected);
      expect(compare(doubles(1, 2), doubles(2, 1)).requiresGrad).toBe(false);
    }
  });
});

describe('cast', () => {
  it('converts the gradient back', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const [slope] = grad(sum(mul(cast(x, 'float64'), 3)), [x]);
    expect(slope.dtype).toBe('float32');
    expect(values(slope)).toEqual([3, 3]);
    expect(cast(x, 'int32').requiresGrad).toBe(false);
  });
});

describe('where', () => {
  it('takes a condition of integers, and keeps nothing of it', () => {
    const [x, y, condition] = [tensor([1, 2], { requiresGrad: true }), tensor([3, 4]), integers(7, 0)];
    const before = memory();
    tidy(() => {
      const [slope] = grad(sum(where(condition, x, 0)), [x]);
      expect(values(slope)).toEqual([1, 0]);
    });
    noGrad(() => where(condition, x, y)).dispose();
    expect(memory()).toEqual(before);
  });
});

describe('composites', () => {
  it('free what they make on the way', () => {
    const x = tensor([[-4, -0.5, 0.5, 4]]);
    const before = memory();
    const composites = { clip: (y: Tensor) => clip(y, -1, 1), leakyRelu, elu, selu, gelu, silu, hardSigmoid };
    const more = { softplus, softsign, softmax, logSoftmax };
    for (const [name, f] of Object.entries({ ...composites, ...more })) {
      f(x).dispose();
      expect(memory(), name).toEqual(before);
    }
    for (const compare of [lessEqual, greaterEqual, notEqual]) compare(x, x).dispose();
    expect(memory()).toEqual(before);
  });
});

describe('errors', () => {
  it('say fact, rule and fix', () => {
    const [two, three] = [tensor([1, 2]), tensor([1, 2, 3])];
    const unchecked = <T>(value: unknown): T => value as T;
    expect([
      messageOf(() => sub(two, three)),
      messageOf(() => div(1, 2)),
      messageOf(() => pow(two, integers(1, 2))),
      messageOf(() => greater(1, 2)),
      messageOf(() => greaterEqual(two, three)),
      messageOf(() => lessEqual(two, three)),
      messageOf(() => notEqual(two, integers(1, 2))),
      messageOf(() => where(three, two, 0)),
      messageOf(() => cast(two, unchecked('float'))),
      messageOf(() => clip(two, 1, -1)),
      messageOf(() => leakyRelu(two, unchecked({ slope: 1 }))),
      messageOf(() => elu(two, unchecked({ negativeSlope: 1 }))),
    ]).toMatchInlineSnapshot(`
      [
        "ShapeError: [sub] a is [2], b is [3]. Axes align from the last one and must be equal or 1 (2 vs 3). Add axes of length 1 with reshape where values should repeat.",
        "OptionError: [div] both operands are numbers. One operand is a tensor. Write: div(tensor(a), b).",
        "DTypeError: [pow] a is float32, b is int32. Operands have one dtype. Convert it: cast(b, 'float32').",
        "OptionError: [greater] both operands are numbers. One operand is a tensor. Write: greater(tensor(a), b).",
        "ShapeError: [greaterEqual] a is [2], b is [3]. Axes align from the last one and must be equal or 1 (2 vs 3). Add axes of length 1 with reshape where values should repeat.",
        "ShapeError: [lessEqual] a is [2], b is [3]. Axes align from the last one and must be equal or 1 (2 vs 3). Add axes of length 1 with reshape where values should repeat.",
        "DTypeError: [notEqual] a is float32, b is int32. Operands have one dtype. Convert it: cast(b, 'float32').",
        "ShapeError: [where] a is [3], b is [2]. Axes align from the last one and must be equal or 1 (3 vs 2). Add axes of length 1 with reshape where values should repeat.",
        "OptionError: [cast] dtype is "float". It is one of float32, int32, float64. Did you mean 'float32'?",
        "OptionError: [clip] minimum is 1, maximum is -1. The minimum is not above the maximum. Swap them.",
        "OptionError: [leakyRelu] option slope is unknown. Options are negativeSlope. Did you mean negativeSlope?",
        "OptionError: [elu] option negativeSlope is unknown. Options are alpha. Remove negativeSlope.",
      ]
    `);
  });

  it('refuse a number that integers would cut off', () => {
    const x = integers(2, 4);
    expect(messageOf(() => mul(x, 0.5))).toMatchInlineSnapshot(
      `"DTypeError: [mul] a number is 0.5 where the dtype is int32. int32 holds whole numbers from -2147483648 to 2147483647. Convert the tensor first: cast(x, 'float32')."`,
    );
    for (const number of [2.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
      for (const f of [add, less, greaterEqual, notEqual, (a: Tensor, b: number) => where(tensor([1, 0]), a, b)]) {
        expect(() => f(x, number)).toThrow(DTypeError);
      }
    }
    expect(values(mul(x, -1))).toEqual([-2, -4]);
    expect(values(mul(tensor([2, 4]), 0.5))).toEqual([1, 2]);
  });

  it('refuse integers where the result is not one', () => {
    const unary = { erf, exp, expm1, floor, gelu, hardSigmoid, leakyRelu, log, log1p, reciprocal, relu, selu, sigmoid };
    const more = { elu, logSoftmax, silu, softmax, softplus, softsign, sqrt, tanh };
    for (const [name, f] of Object.entries({ ...unary, ...more })) {
      expect(messageOf(() => f(integers(1, 2)))).toBe(
        `DTypeError: [${name}] x is int32. ${name} takes float32 or float64. Convert it: cast(x, 'float32').`,
      );
    }
  });
});
