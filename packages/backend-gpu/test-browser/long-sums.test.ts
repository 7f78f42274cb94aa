// Sums of very many terms keep their digits, and each term counts once.
import { argmax, type Backend, layerNorm, matmul, type Shape, scatterAdd, type Tensor, tensor } from '@lstm/core';
import { weyl } from '@lstm/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GpuMode, gpu } from '../src/index.ts';

/** Seven numbers in any order: what a running sum of so few loses goes one way. */
const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from(weyl(count, seed), (value) => 0.1 + 1e-3 * (Math.floor(1e6 * Math.abs(value)) % 7));

/** Largest distance from what is exact, relative to that. */
function worst(found: ArrayLike<number>, exact: readonly number[]): number {
  expect(found.length).toBe(exact.length);
  return Math.max(...exact.map((value, i) => Math.abs((found[i] as number) / value - 1)));
}

describe.each<GpuMode>(['webgl2', 'webgpu', 'webasm'])('%s', (mode) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await gpu({ mode });
  });
  afterAll(() => backend.dispose());

  const made = (values: Float32Array, shape: Shape): Tensor => tensor(values, { shape, backend });

  it.each([
    { batch: 1, m: 1, k: 100_003, n: 1 },
    // Parts of different length, with steps that are left and without; two blocks; rows of tiles and of texels not full.
    { batch: 1, m: 4, k: 4100, n: 8 },
    { batch: 2, m: 5, k: 1027, n: 6 },
    { batch: 1, m: 65, k: 1030, n: 5 },
  ])('a product of %o', async ({ batch, m, k, n }) => {
    const [a, b] = [numbers(batch * m * k, 1), numbers(batch * k * n, 2)];
    const all = Array.from({ length: batch * m * n }, (_, i) => [Math.floor(i / m / n), Math.floor(i / n) % m, i % n]);
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const left = made(a, transposeA ? [batch, k, m] : [batch, m, k]);
        const right = made(b, transposeB ? [batch, n, k] : [batch, k, n]);
        const exact = all.map(([block = 0, row = 0, column = 0]) => {
          let sum = 0;
          for (let i = 0; i < k; i++) {
            const p = a[block * m * k + (transposeA ? i * m + row : row * k + i)] as number;
            const q = b[block * k * n + (transposeB ? column * k + i : i * n + column)] as number;
            sum += p * q;
          }
          return sum;
        });
        expect(worst(await matmul(left, right, { transposeA, transposeB }).data(), exact)).toBeLessThan(4e-6);
      }
    }
  });

  it.each([1, 4])(
    'scatterAdd of rows of %i into one, positions known here and computed on the device',
    async (width) => {
      const count = 100_003;
      const values = numbers(count * width, 3);
      const exact = Array.from({ length: width }, (_, column) => {
        let sum = 0;
        for (let i = column; i < values.length; i += width) sum += values[i] as number;
        return sum;
      });
      const known = tensor(new Int32Array(count), { dtype: 'int32', backend });
      const computed = argmax(made(new Float32Array(count), [count, 1]), { axis: 1 });
      for (const indices of [known, computed]) {
        const sums = await scatterAdd(indices, made(values, [count, width]), 1).data();
        expect(worst(sums, exact)).toBeLessThan(4e-6);
      }
    },
  );

  it('layerNorm of a wide row', async () => {
    const width = 100_000;
    const values = numbers(width, 4);
    const mean = values.reduce((sum, value) => sum + value, 0) / width;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    const found = await layerNorm(made(values, [1, width]), { epsilon: 1e-6 }).data();
    const exact = [...values].map((value) => (value - mean) / Math.sqrt(variance + 1e-6));
    const distance = exact.reduce((most, value, i) => Math.max(most, Math.abs((found[i] as number) - value)), 0);
    expect(distance).toBeLessThan(1e-4);
  });
});
