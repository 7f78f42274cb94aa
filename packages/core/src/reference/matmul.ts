import type { MatmulFlags } from '../backend/types.ts';
import { sizeOf } from '../shape.ts';
import { dataOf, type HostView, newView } from './buffer.ts';
import { product } from './product.ts';

/** The kernel `matmul`. */
export function matmul(a: HostView, b: HostView, flags: MatmulFlags): HostView {
  const batch = a.shape.slice(0, -2);
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = flags.transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const n = flags.transposeB ? bRows : bColumns;
  const result = newView([...batch, m, n], a.dtype);
  for (let index = 0; index < sizeOf(batch); index++) {
    const left = dataOf(a).subarray(index * m * k, (index + 1) * m * k);
    const right = dataOf(b).subarray(index * k * n, (index + 1) * k * n);
    dataOf(result).set(product(left, right, [m, k, n], flags), index * m * n);
  }
  return result;
}
