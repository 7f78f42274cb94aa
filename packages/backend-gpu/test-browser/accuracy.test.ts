// At the sizes of real networks the results stay close to float64.
import { type Backend, type DType, grad, gru, lstm, mul, sum, tensor, tidy } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { weyl } from '@lstm/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gpu } from '../src/index.ts';

let backend: Backend;
beforeAll(async () => {
  backend = await gpu();
});
afterAll(() => backend.dispose());

const cells = { lstm: 4, gru: 3 } as const;
type Sizes = readonly [batch: number, time: number, features: number, units: number];

/** Outputs and gradients of a layer whose every output has a weight of its own. */
async function run(cell: keyof typeof cells, on: Backend, dtype: DType, [batch, time, features, units]: Sizes) {
  const results = tidy(() => {
    const make = (shape: number[], seed: number, scale: number) => {
      const values = Float32Array.from(
        weyl(
          shape.reduce((a, b) => a * b, 1),
          seed,
          scale,
        ),
      );
      return tensor([...values], { shape, dtype, backend: on, requiresGrad: true });
    };
    const width = cells[cell] * units;
    const x = make([batch, time, features], 1, 1);
    const kernel = make([features, width], 2, 1 / Math.sqrt(features));
    const recurrentKernel = make([units, width], 3, 1 / Math.sqrt(units));
    const bias = make(cell === 'gru' ? [2, width] : [width], 4, 0.5);
    const { y, h } = { lstm, gru }[cell](x, { kernel, recurrentKernel, bias });
    const loss = sum(mul(y, make([batch, time, units], 5, 1)));
    return [y, h, ...grad(loss, [x, kernel, recurrentKernel, bias])];
  });
  return Promise.all(results.map((each) => each.data()));
}

/** Largest distance, relative to the largest value. */
function distance(found: ArrayLike<number>, exact: ArrayLike<number>): number {
  let [worst, largest] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    const error = Math.abs((found[i] as number) - (exact[i] as number));
    worst = error > worst || Number.isNaN(error) ? error : worst;
    largest = Math.max(largest, Math.abs(exact[i] as number));
  }
  return worst / largest;
}

it.each([
  ['lstm', [32, 60, 64, 128]],
  ['gru', [32, 60, 64, 128]],
  ['lstm', [3, 7, 5, 13]],
  ['gru', [3, 7, 5, 13]],
] as const)(
  '%s of %j: outputs within 1e-5, gradients within 1e-4',
  async (cell, sizes) => {
    const found = await run(cell, backend, 'float32', sizes);
    const exact = await run(cell, reference(), 'float64', sizes);
    const distances = found.map((values, i) => distance(values, exact[i] as ArrayLike<number>));
    expect(Math.max(...distances.slice(0, 2))).toBeLessThan(1e-5);
    expect(Math.max(...distances.slice(2))).toBeLessThan(1e-4);
  },
  120_000,
);
