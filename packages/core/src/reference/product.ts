import type { MatmulFlags } from '../backend/types.ts';
import type { TypedArray } from '../dtype.ts';

/** Returns values in float64, themselves where they are: loops over one type of array run several times as fast. */
export function doubles(values: TypedArray): Float64Array {
  return values instanceof Float64Array ? values : new Float64Array(values);
}

/** Returns a row-major copy of the transpose of `rows × columns` values. */
function transposed(data: TypedArray, rows: number, columns: number): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j] as number;
  }
  return result;
}

/** Returns `a · b` `[m, n]` of row-major `a` `[m, k]` and `b` `[k, n]`, stored transposed where flagged; summed in float64. */
export function product(
  a: TypedArray,
  b: TypedArray,
  [m, k, n]: readonly [number, number, number],
  { transposeA, transposeB }: MatmulFlags,
): Float64Array {
  const left = transposeA ? transposed(a, k, m) : doubles(a);
  const right = transposeB ? transposed(b, n, k) : doubles(b);
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) addScaled(result, i * n, right, l * n, left[i * k + l] as number, n);
  }
  return result;
}

/** `target[j] += factor · source[j]` for `count` elements from the two offsets. */
export function addScaled(
  target: Float64Array,
  targetOffset: number,
  source: Float64Array,
  sourceOffset: number,
  factor: number,
  count: number,
): void {
  for (let j = 0; j < count; j++) {
    target[targetOffset + j] = (target[targetOffset + j] as number) + factor * (source[sourceOffset + j] as number);
  }
}
