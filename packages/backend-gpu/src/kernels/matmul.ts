import { type MatmulFlags, sizeOf } from '@lstm/core';
import { quotient, residue, times } from '../source/index-math.ts';
import { elementIndex, laneKernel } from '../source/lanes.ts';
import type { GpuView, Store } from '../store.ts';

/** Sizes of a product `[batch, m, k] × [batch, k, n]`. */
interface Sizes {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

function sizesOf(a: GpuView, b: GpuView, flags: MatmulFlags): Sizes {
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = flags.transposeA ? [aColumns, aRows] : [aRows, aColumns];
  return { batch: sizeOf(a.shape.slice(0, -2)), m, k, n: flags.transposeB ? bRows : bColumns };
}

/** The kernel `matmul`. */
export function matmul(store: Store, a: GpuView, b: GpuView, flags: MatmulFlags): GpuView {
  const sizes = sizesOf(a, b, flags);
  const shape = [...a.shape.slice(0, -2), sizes.m, sizes.n];
  if (sizes.k === 0) return store.fill('matmul', shape, 0, a.dtype);
  return plain(store, a, b, flags, sizes, shape);
}

/** Element by element, for any sizes. */
function plain(
  store: Store,
  a: GpuView,
  b: GpuView,
  { transposeA, transposeB }: MatmulFlags,
  { m, k, n }: Sizes,
  shape: readonly number[],
): GpuView {
  return store.run({
    where: 'matmul',
    key: `matmul|${m}|${k}|${n}|${transposeA}|${transposeB}`,
    text: (lanes) =>
      laneKernel(lanes, ['element', 'element'], 0, '', (lane) => {
        const at = elementIndex(lanes, lane);
        const block = quotient(at, m * n);
        const row = residue(quotient(at, n), m);
        const column = residue(at, n);
        const left = transposeA ? `k$ * ${m} + ${row}` : `${times(row, k)} + k$`;
        const right = transposeB ? `${times(column, k)} + k$` : `k$ * ${n} + ${column}`;
        return {
          statements: `let s$ = 0; for (let k$ = 0; k$ < ${k}; k$++) {
            s$ += a[${times(block, m * k)} + ${left}] * b[${times(block, k * n)} + ${right}]; }`,
          value: 's$',
        };
      }),
    inputs: [a, b],
    shape,
    dtype: a.dtype,
  });
}
