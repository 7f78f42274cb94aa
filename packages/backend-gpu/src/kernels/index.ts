import { type Kernels, type MatmulFlags, sizeOf, type View } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import type { GpuView, Handle, Store } from '../store.ts';
import { activationGradient, cast, mapBinary, mapUnary, select } from './elementwise.ts';
import { concat, flip, slice, transpose } from './layout.ts';
import { matmul } from './matmul.ts';
import { cumulativeSum, reduceKernel } from './reduce.ts';
import { gather, scatterAdd } from './rows.ts';

/**
 * Runs an integer kernel on the values known here, by the definition of the contract; `undefined` where some are only on the
 * device. Indices are small and come from the host: this way their values stay known to what needs them.
 */
function onHost(
  store: Store,
  where: string,
  inputs: readonly GpuView[],
  run: (kernels: Kernels, views: View[]) => View,
): GpuView | undefined {
  const values: Int32Array[] = [];
  for (const input of inputs) {
    const { host } = store.handleOf(where, input);
    if (input.dtype !== 'int32' || host === undefined) return undefined;
    values.push(host);
  }
  const backend = reference();
  const result = run(
    backend.kernels,
    inputs.map(({ shape }, i) => backend.upload(values[i] as Int32Array, shape)),
  );
  return store.adoptHost(backend.readSync?.(result) as Int32Array, result.shape);
}

/** The kernels of the contract on a device. */
export function createKernels(store: Store): Kernels<Handle> {
  const host = (where: string, inputs: readonly GpuView[], run: (kernels: Kernels, views: View[]) => View) =>
    onHost(store, where, inputs, run);
  return {
    fill(shape, value, dtype) {
      if (dtype !== 'int32') return store.fill('fill', shape, value, dtype);
      store.device.check('fill');
      return store.adoptHost(new Int32Array(sizeOf(shape)).fill(value), shape);
    },
    cast(x, dtype) {
      const known = x.dtype === dtype ? host('cast', [x], (k, [a]) => k.cast(a as View, dtype)) : undefined;
      return known ?? cast(store, x, dtype);
    },
    unary: (kind, x) => host(kind, [x], (k, [a]) => k.unary(kind, a as View)) ?? mapUnary(store, kind, x),
    binary(kind, a, b) {
      const compares = kind === 'less' || kind === 'equal';
      const known = compares ? undefined : host(kind, [a, b], (k, [x, y]) => k.binary(kind, x as View, y as View));
      return known ?? mapBinary(store, kind, a, b);
    },
    select: (condition, a, b) => select(store, condition, a, b),
    reduce: (kind, x, axes) =>
      host(kind, [x], (k, [a]) => k.reduce(kind, a as View, axes)) ?? reduceKernel(store, kind, x, axes),
    matmul: (a, b, flags: MatmulFlags) => matmul(store, a, b, flags),
    transpose: (x, permutation) =>
      host('transpose', [x], (k, [a]) => k.transpose(a as View, permutation)) ?? transpose(store, x, permutation),
    slice: (x, begin, size) =>
      host('slice', [x], (k, [a]) => k.slice(a as View, begin, size)) ?? slice(store, x, begin, size),
    concat: (xs, axis) => host('concat', xs, (k, views) => k.concat(views, axis)) ?? concat(store, xs, axis),
    gather: (table, indices) =>
      host('gather', [table, indices], (k, [a, b]) => k.gather(a as View, b as View)) ?? gather(store, table, indices),
    scatterAdd: (indices, updates, rows) =>
      host('scatterAdd', [indices, updates], (k, [a, b]) => k.scatterAdd(a as View, b as View, rows)) ??
      scatterAdd(store, indices, updates, rows),
    activationGradient: (kind, dy, y) => activationGradient(store, kind, dy, y),
    cumulativeSum: (x, axis) => cumulativeSum(store, x, axis),
    flip: (x, axes) => host('flip', [x], (k, [a]) => k.flip?.(a as View, axes) as View) ?? flip(store, x, axes),
  };
}
