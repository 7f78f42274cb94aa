import {
  type BinaryKind,
  bernoulliThreshold,
  broadcastShapes,
  type DType,
  type Kernels,
  type MatmulFlags,
  type ReduceKind,
  type Shape,
  sizeOf,
  stridesOf,
} from '@lstm/core';
import { call, type NativeView, typeNumber, viewOf } from './device.ts';
import { binaryKinds, type Handle, type NativeEngine, reduceKinds, unaryKinds } from './native.ts';
import { broadcastWalk, mergeAxes } from './walk.ts';

function binary(engine: NativeEngine, kind: BinaryKind, a: NativeView, b: NativeView): NativeView {
  const shape = broadcastShapes(kind, a.shape, b.shape);
  const { dims, strides } = broadcastWalk(kind, shape, [a.shape, b.shape]);
  const [stridesA = [], stridesB = []] = strides;
  const handle = call(kind, () =>
    engine.binary(binaryKinds.indexOf(kind), a.handle, b.handle, dims, stridesA, stridesB),
  );
  return viewOf(handle, shape, kind === 'less' || kind === 'equal' ? 'float32' : a.dtype);
}

function select(engine: NativeEngine, condition: NativeView, a: NativeView, b: NativeView): NativeView {
  const shape = broadcastShapes('select', broadcastShapes('select', condition.shape, a.shape), b.shape);
  const { dims, strides } = broadcastWalk('select', shape, [condition.shape, a.shape, b.shape]);
  const [stridesCondition = [], stridesA = [], stridesB = []] = strides;
  const handle = call('select', () =>
    engine.select(condition.handle, a.handle, b.handle, dims, stridesCondition, stridesA, stridesB),
  );
  return viewOf(handle, shape, a.dtype);
}

/** The native kernel reduces one run of neighbouring axes: several runs are taken one after the other, the last first. */
function reduce(engine: NativeEngine, kind: ReduceKind, x: NativeView, axes: readonly number[]): NativeView {
  const shape = [...x.shape];
  const dtype: DType = kind === 'argmax' ? 'int32' : x.dtype;
  let handle = x.handle;
  const step = (outer: number, length: number, inner: number): void => {
    const next = call(kind, () => engine.reduce(reduceKinds.indexOf(kind), handle, outer, length, inner));
    if (handle !== x.handle) engine.release(handle);
    handle = next;
  };
  const sorted = [...axes].sort((a, b) => b - a);
  if (sorted.length === 0) step(sizeOf(shape), 1, 1);
  while (sorted.length > 0) {
    const last = sorted.shift() as number;
    let first = last;
    while (sorted[0] === first - 1) first = sorted.shift() as number;
    step(sizeOf(shape.slice(0, first)), sizeOf(shape.slice(first, last + 1)), sizeOf(shape.slice(last + 1)));
    shape.fill(1, first, last + 1);
  }
  return viewOf(handle, shape, dtype);
}

function matmul(engine: NativeEngine, a: NativeView, b: NativeView, flags: MatmulFlags): NativeView {
  const rank = a.shape.length;
  const batch = a.shape.slice(0, rank - 2);
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = flags.transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = flags.transposeB ? rowsB : columnsB;
  const handle = call('matmul', () =>
    engine.matmul(a.handle, b.handle, sizeOf(batch), m, n, k, Number(flags.transposeA), Number(flags.transposeB)),
  );
  return viewOf(handle, [...batch, m, n]);
}

function copy(
  engine: NativeEngine,
  where: string,
  x: NativeView,
  first: number,
  shape: Shape,
  strides: readonly number[],
): NativeView {
  const walk = mergeAxes(shape, [strides]);
  const handle = call(where, () => engine.stridedCopy(x.handle, first, walk.dims, walk.strides[0] ?? []));
  return viewOf(handle, shape, x.dtype);
}

function concat(engine: NativeEngine, xs: readonly NativeView[], axis: number): NativeView {
  const first = xs[0] as NativeView;
  const width = (x: NativeView): number => sizeOf(x.shape.slice(axis));
  const handle = call('concat', () =>
    engine.concat(
      xs.map((x) => x.handle),
      sizeOf(first.shape.slice(0, axis)),
      xs.map(width),
    ),
  );
  const length = xs.reduce((total, x) => total + (x.shape[axis] as number), 0);
  return viewOf(handle, first.shape.with(axis, length), first.dtype);
}

/** The required kernels, and the optional ones, on a native engine. */
export function createKernels(engine: NativeEngine): Kernels<Handle> {
  return {
    fill: (shape, value, dtype) =>
      viewOf(
        call('fill', () => engine.fill(sizeOf(shape), value, typeNumber('fill', dtype))),
        shape,
        dtype,
      ),
    cast: (x, dtype) =>
      viewOf(
        call('cast', () => engine.cast(x.handle, typeNumber('cast', dtype))),
        x.shape,
        dtype,
      ),
    unary: (kind, x) =>
      viewOf(
        call(kind, () => engine.unary(unaryKinds.indexOf(kind), x.handle)),
        x.shape,
        x.dtype,
      ),
    binary: (kind, a, b) => binary(engine, kind, a, b),
    select: (condition, a, b) => select(engine, condition, a, b),
    reduce: (kind, x, axes) => reduce(engine, kind, x, axes),
    matmul: (a, b, flags) => matmul(engine, a, b, flags),
    transpose(x, permutation) {
      const strides = stridesOf(x.shape);
      const take = (values: readonly number[]): number[] => permutation.map((axis) => values[axis] as number);
      return copy(engine, 'transpose', x, 0, take(x.shape), take(strides));
    },
    slice(x, begin, size) {
      const strides = stridesOf(x.shape);
      const first = begin.reduce((at, start, axis) => at + start * (strides[axis] as number), 0);
      return copy(engine, 'slice', x, first, size, strides);
    },
    concat: (xs, axis) => concat(engine, xs, axis),
    gather(table, indices) {
      const [rows = 0, ...rest] = table.shape;
      const handle = call('gather', () => engine.gather(table.handle, indices.handle, rows, sizeOf(rest)));
      return viewOf(handle, [...indices.shape, ...rest], table.dtype);
    },
    scatterAdd(indices, updates, rows) {
      const rest = updates.shape.slice(indices.shape.length);
      const handle = call('scatterAdd', () => engine.scatterAdd(indices.handle, updates.handle, rows, sizeOf(rest)));
      return viewOf(handle, [rows, ...rest], updates.dtype);
    },
    cumulativeSum(x, axis) {
      const [outer, inner] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))];
      const length = x.shape[axis] as number;
      return viewOf(
        call('cumulativeSum', () => engine.cumulativeSum(x.handle, outer, length, inner)),
        x.shape,
      );
    },
    flip(x, axes) {
      const strides = stridesOf(x.shape).map((stride, axis) => (axes.includes(axis) ? -stride : stride));
      const first = strides.reduce(
        (at, stride, axis) => (stride < 0 ? at - stride * ((x.shape[axis] as number) - 1) : at),
        0,
      );
      return copy(engine, 'flip', x, Math.max(0, first), x.shape, strides);
    },
    roundToBfloat16: (x) =>
      viewOf(
        call('roundToBfloat16', () => engine.roundToBfloat16(x.handle)),
        x.shape,
      ),
    bernoulli(shape, rate, { key, step }) {
      const threshold = bernoulliThreshold(rate);
      return viewOf(
        call('bernoulli', () =>
          engine.bernoulli(sizeOf(shape), threshold, ...key, step % 2 ** 32, Math.floor(step / 2 ** 32)),
        ),
        shape,
      );
    },
  };
}
