import { checkInteger, checkOptions, checkRange } from '../options.ts';
import type { RandomKey } from './key.ts';
import { standardNormal } from './normal.ts';

/** Options of {@link orthogonal}. */
export interface OrthogonalOptions {
  /** Factor of the whole matrix. Default 1. */
  readonly gain?: number;
}

/** Applies I − v vᵀ / half to rows `from` and below of one column. */
function reflect(v: Float64Array, half: number, from: number, column: Float64Array): void {
  let sum = 0;
  for (let i = from; i < v.length; i++) sum += v[i]! * column[i]!;
  const factor = sum / half;
  for (let i = from; i < v.length; i++) column[i] = column[i]! - factor * v[i]!;
}

/** {@link reflect} of four columns: `v` is read once for all, and the four sums do not wait for each other. */
function reflectFour(
  v: Float64Array,
  half: number,
  from: number,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
): void {
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  for (let i = from; i < v.length; i++) {
    const x = v[i]!;
    sumA += x * a[i]!;
    sumB += x * b[i]!;
    sumC += x * c[i]!;
    sumD += x * d[i]!;
  }
  sumA /= half;
  sumB /= half;
  sumC /= half;
  sumD /= half;
  for (let i = from; i < v.length; i++) {
    const x = v[i]!;
    a[i] = a[i]! - sumA * x;
    b[i] = b[i]! - sumB * x;
    c[i] = c[i]! - sumC * x;
    d[i] = d[i]! - sumD * x;
  }
}

/**
 * Replaces `v[k …]` by the vector that reflects it onto the k-th axis.
 *
 * @returns half of v·v, and the sign of the diagonal entry of R that the reflection leaves there
 */
function makeReflection(v: Float64Array, k: number): { half: number; sign: number } {
  let squares = 0;
  for (let i = k; i < v.length; i++) squares += v[i]! ** 2;
  const norm = Math.sqrt(squares);
  const head = v[k]!;
  // Numbers of one sign are added, so nothing cancels.
  const sign = head < 0 ? -1 : 1;
  v[k] = head + sign * norm;
  return { half: norm * (norm + Math.abs(head)), sign: -sign };
}

/** Returns `width` orthonormal columns of length `height` ≥ `width`, one after another. */
function orthonormalColumns(height: number, width: number, key: RandomKey): Float64Array {
  const vectors = columnsOf(standardNormal(height * width, key), height, width);
  const q = new Float64Array(height * width);
  const columns = columnsOf(q, height, width);
  for (let k = width - 1; k >= 0; k--) {
    const v = vectors[k]!;
    const { half, sign } = makeReflection(v, k);
    columns[k]![k] = sign;
    // Columns before k are still zero in the rows that this reflection changes.
    let j = k;
    for (; j + 3 < width; j += 4) {
      reflectFour(v, half, k, columns[j]!, columns[j + 1]!, columns[j + 2]!, columns[j + 3]!);
    }
    for (; j < width; j++) reflect(v, half, k, columns[j]!);
  }
  return q;
}

function columnsOf(data: Float64Array, height: number, width: number): Float64Array[] {
  return Array.from({ length: width }, (_, j) => data.subarray(j * height, (j + 1) * height));
}

/**
 * Returns a random orthogonal matrix `[rows, cols]` in float64, row-major: its columns are orthonormal times `gain`, or its rows
 * when there are fewer of them.
 *
 * It has the law of Q in the QR decomposition of a normal `[longer side, shorter side]` matrix with R's diagonal made positive,
 * which is the uniform one; transposed when rows < cols. The matrix is not decomposed: after each Householder reflection what
 * remains of it is again normal and independent, so reflection k is made of new numbers, elements k · longer + k up to
 * (k + 1) · longer of the float64 values behind {@link normal}.
 *
 * Sources: Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
 * 2013; Stewart, "The efficient generation of random orthogonal matrices", 1980.
 *
 * @param rows - at least 0
 * @param cols - at least 0
 * @throws {@link OptionError} when an argument is out of its range or an option is unknown
 *
 * @example
 * ```ts
 * import { orthogonal } from '@lstm/core';
 *
 * const [a = 0, b = 0, c = 0, d = 0] = orthogonal(2, 2, { seed: 7, name: 'example' });
 * console.log((a * a + b * b).toFixed(6), Math.abs(a * c + b * d) < 1e-15); // => 1.000000 true
 * ```
 */
export function orthogonal(rows: number, cols: number, key: RandomKey, options: OrthogonalOptions = {}): Float64Array {
  checkOptions('orthogonal', options, ['gain']);
  const { gain = 1 } = options;
  checkInteger('orthogonal', 'rows', rows, 0);
  checkInteger('orthogonal', 'cols', cols, 0);
  checkRange('orthogonal', 'gain', gain, -Number.MAX_VALUE);
  const q = orthonormalColumns(Math.max(rows, cols), Math.min(rows, cols), key);
  // The columns of the tall matrix one after another are the wide matrix row by row.
  const wide = rows < cols;
  const matrix = wide ? q : new Float64Array(q.length);
  for (let i = 0; i < q.length; i++) matrix[wide ? i : (i % rows) * cols + Math.floor(i / rows)] = gain * q[i]!;
  return matrix;
}
