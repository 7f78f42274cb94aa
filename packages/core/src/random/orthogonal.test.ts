import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { orthogonal, type RandomKey } from './index.ts';

interface Case {
  readonly key: RandomKey;
  readonly rows: number;
  readonly cols: number;
  readonly values: readonly number[];
}
const vectors = JSON.parse(readFileSync(new URL('vectors/random.json', import.meta.url), 'utf8')) as {
  readonly orthogonal: readonly Case[];
};
const key: RandomKey = { seed: 3, name: 'lstm/recurrentKernel' };

/** Largest deviation of the Gram matrix of the shorter side from gain² times the identity. */
function deviation(matrix: Float64Array, rows: number, cols: number, gain: number): number {
  const wide = rows < cols;
  const [vectorCount, length] = wide ? [rows, cols] : [cols, rows];
  const at = (v: number, i: number): number => matrix[wide ? v * cols + i : i * cols + v]!;
  let largest = 0;
  for (let a = 0; a < vectorCount; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += at(a, i) * at(b, i);
      largest = Math.max(largest, Math.abs(sum - (a === b ? gain ** 2 : 0)));
    }
  }
  return largest;
}

it.each(vectors.orthogonal)(
  '$rows × $cols equals the product of explicit reflections in numpy',
  ({ rows, cols, values, key: caseKey }) => {
    const matrix = orthogonal(rows, cols, caseKey);
    expect(matrix.length).toBe(values.length);
    values.forEach((value, i) => {
      expect(Math.abs(matrix[i]! - value)).toBeLessThan(1e-13);
    });
  },
);

it.each([
  [1, 1, 1],
  [64, 64, 1],
  [50, 200, 1],
  [200, 50, 1],
  [33, 31, 1.5],
  [7, 19, -0.25],
  [256, 1024, 1],
])('%i × %i with gain %d is orthogonal to 1e-12', (rows, cols, gain) => {
  expect(deviation(orthogonal(rows, cols, key, { gain }), rows, cols, gain)).toBeLessThan(1e-12);
});

it('an empty side gives an empty matrix', () => {
  expect(orthogonal(0, 4, key)).toEqual(new Float64Array(0));
});

it('follows the uniform law: the trace of orthogonal 3 × 3 matrices has the moments 0, 1, 0, 3', () => {
  const count = 5000;
  const traces = Array.from({ length: count }, (_, step) => {
    const matrix = orthogonal(3, 3, { ...key, step });
    return matrix[0]! + matrix[4]! + matrix[8]!;
  });
  // Up to order 2n + 1 the trace of a uniform O(n) matrix has the moments of a standard normal.
  const moment = (power: number): number => traces.reduce((sum, trace) => sum + trace ** power, 0) / count;
  expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / count));
  expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
  expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / count));
  expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / count));
});

it('refuses unknown options and bad sizes', () => {
  expect(() => orthogonal(2, 2, key, { gian: 2 } as object)).toThrow('Did you mean gain?');
  expect(() => orthogonal(2.5, 2, key)).toThrow('[orthogonal] rows is 2.5.');
  expect(() => orthogonal(2, 2, key, { gain: Number.NaN })).toThrow('[orthogonal] gain is NaN.');
});
