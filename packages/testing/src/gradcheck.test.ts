import {
  add,
  customGradient,
  gather,
  getBackend,
  lstm,
  matmul,
  mul,
  noGrad,
  relu,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { describe, expect, it } from 'vitest';
import { input } from './case.ts';
import { gradcheck } from './gradcheck.ts';

/** x², whose gradient is what `slope` says. */
const squareWithSlope =
  (slope: (x: Tensor) => Tensor) =>
  (x: Tensor): readonly Tensor[] =>
    customGradient({
      name: 'square',
      inputs: [x],
      forward: (values) => square(values),
      backward: ([dy], saved) => [dy && mul(dy, slope(saved.input(0)))],
    });
const host = (shape: readonly number[], seed: number) => ({
  shape,
  data: Float64Array.from(input(shape, seed).values),
});

describe('gradcheck', () => {
  it('accepts right gradients of several inputs and outputs, and says how far off differences are', () => {
    const f = (a: Tensor, b: Tensor): Tensor[] => [matmul(a, b), tanh(sum(a))];
    expect(gradcheck(f, [host([2, 3], 1), host([3, 4], 2)], { order: 2 })).toBeLessThan(1e-7);
    expect(gradcheck(f, [host([2, 3], 1), host([3, 4], 2)], { relative: 0 })).toBeGreaterThan(0);
  });

  it('accepts a fused kernel in first and second order', () => {
    const f = (x: Tensor, kernel: Tensor, recurrentKernel: Tensor): Tensor[] =>
      Object.values(lstm(x, { kernel, recurrentKernel }));
    const inputs = [host([1, 2, 2], 1), host([2, 8], 2), host([2, 8], 3)];
    expect(gradcheck(f, inputs, { order: 2 })).toBeLessThan(1e-7);
  });

  it('names input, position and both values of a wrong gradient', () => {
    const f = (x: Tensor, y: Tensor): Tensor => sum(add(x, ...(squareWithSlope((v) => mul(v, 3))(y) as [Tensor])));
    expect(() =>
      gradcheck(f, [
        [1, 2],
        [
          [3, 0],
          [0, 5],
        ],
      ]),
    ).toThrow(
      /^\[gradcheck] 2 of 6 values of the first-order gradient are wrong: input 1 at \[0, 0] is [\d.e-]+ on the tape and [\d.e-]+ by central differences; input 1 at \[1, 1] is/,
    );
  });

  it('finds a gradient that the tape lost', () => {
    expect(() => gradcheck((x) => noGrad(() => square(x)), [3])).toThrow('input 0 at [] is 0 on the tape');
  });

  it('finds a gradient whose own gradient is wrong, in second order only', () => {
    // The right slope, 2x, but constant for the tape.
    const f = squareWithSlope((x) => noGrad(() => mul(x, 2)));
    expect(gradcheck(f, [[1, 2]])).toBeLessThan(1e-7);
    expect(() => gradcheck(f, [[1, 2]], { order: 2 })).toThrow('2 of 2 values of the second-order gradient');
  });

  it('tells a kink from a slope, unless the tolerances are wide', () => {
    expect(() => gradcheck(relu, [0])).toThrow('move the input away');
    expect(gradcheck(relu, [0], { absolute: 1 })).toBeGreaterThan(0.1);
  });

  it('leaves int32 inputs as they are', () => {
    const f = (table: Tensor, rows: Tensor): Tensor => gather(table, rows);
    const inputs = [host([3, 2], 1), Int32Array.of(2, 0, 2)];
    expect(gradcheck(f, inputs)).toBeLessThan(1e-7);
    expect(() => gradcheck((rows) => rows, inputs.slice(1))).toThrow('no input has floating-point values');
  });

  it('takes tensors as inputs, and lets f use others of the chosen backend', async () => {
    await useBackend(reference());
    const factor = tensor(3, { dtype: 'float64' });
    expect(gradcheck((x) => mul(x, factor), [tensor([1, 2])])).toBeLessThan(1e-7);
    expect(getBackend().name).toBe('reference');
  });

  it('refuses what it cannot check', () => {
    expect(() => gradcheck(() => tensor(1, { backend: reference() }), [1])).toThrow('f returns float32 [].');
    expect(() => gradcheck(square, [1], { order: 3 as 2 })).toThrow('order is 3.');
    expect(() => gradcheck(square, [1], { tolerance: 1 } as object)).toThrow('option tolerance is unknown');
    expect(() => gradcheck(tensor(1, { backend: reference() }) as never, [1])).toThrow('[gradcheck] f is a Tensor.');
    expect(() => gradcheck(square, 1 as never)).toThrow(
      '[gradcheck] inputs is 1. They are a list of the arguments of f. Write gradcheck(f, [[1, 2]]).',
    );
  });
});
