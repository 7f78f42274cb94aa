import type { MatmulFlags } from '../backend/types.ts';
import type { TypedArray } from '../dtype.ts';
import { sizeOf } from '../shape.ts';
import { dataOf, type HostView, newView } from './buffer.ts';

/** Returns a row-major copy of the transpose of `rows × columns` values that start at `offset`. */
function transposed(data: TypedArray, offset: number, rows: number, columns: number): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = data[offset + i * columns + j] as number;
  }
  return result;
}

/** The kernel `matmul`: sums in float64, row by row. */
export function matmul(a: HostView, b: HostView, { transposeA, transposeB }: MatmulFlags): HostView {
  const batch = a.shape.slice(0, -2);
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const n = transposeB ? bRows : bColumns;
  const result = newView([...batch, m, n], a.dtype);
  const output = dataOf(result);
  const row = new Float64Array(n);
  for (let batchIndex = 0; batchIndex < sizeOf(batch); batchIndex++) {
    const [aOffset, bOffset] = [batchIndex * m * k, batchIndex * k * n];
    const left = transposeA
      ? transposed(dataOf(a), aOffset, aRows, aColumns)
      : dataOf(a).subarray(aOffset, aOffset + m * k);
    const right = transposeB
      ? transposed(dataOf(b), bOffset, bRows, bColumns)
      : dataOf(b).subarray(bOffset, bOffset + k * n);
    for (let i = 0; i < m; i++) {
      row.fill(0);
      for (let l = 0; l < k; l++) {
        const factor = left[i * k + l] as number;
        const start = l * n;
        for (let j = 0; j < n; j++) row[j] = (row[j] as number) + factor * (right[start + j] as number);
      }
      output.set(row, (batchIndex * m + i) * n);
    }
  }
  return result;
}
