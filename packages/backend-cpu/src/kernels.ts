import {
  type BinaryKind,
  bernoulliThreshold,
  broadcastShapes,
  type DType,
  type Kernels,
  type MatmulFlags,
  type ReduceKind,
  type Shape,
  sameShape,
  sizeOf,
  stridesOf,
} from '@lstm/core';
import type { Commands } from './commands.ts';
import { call, type NativeView, typeNumber, viewOf } from './device.ts';
import { binaryKinds, gradientKinds, type Handle, type NativeEngine, reduceKinds, unaryKinds } from './native.ts';
import { broadcastWalk, mergeAxes, type Walk } from './walk.ts';

function binary(commands: Commands, kind: BinaryKind, a: NativeView, b: NativeView): NativeView {
  const shape = broadcastShapes(kind, a.shape, b.shape);
  const number = binaryKinds.indexOf(kind);
  const flat = sameShape(a.shape, b.shape) || a.shape.length === 0 || b.shape.length === 0;
  const handle = flat
    ? commands.call('binary', number, a.handle, b.handle)
    : commands.call('binary', number, a.handle, b.handle, ...numbersOf(broadcastWalk(kind, shape, [a.shape, b.shape])));
  return viewOf(handle, shape, kind === 'less' || kind === 'equal' ? 'float32' : a.dtype);
}

/** A walk as commands take it: rank, dimensions, the strides of each input. */
function numbersOf({ dims, strides }: Walk): number[] {
  const numbers = [dims.length, ...dims];
  for (const own of strides) numbers.push(...own);
  return numbers;
}

function select(commands: Commands, condition: NativeView, a: NativeView, b: NativeView): NativeView {
  const shape = broadcastShapes('select', broadcastShapes('select', condition.shape, a.shape), b.shape);
  const walk = broadcastWalk('select', shape, [condition.shape, a.shape, b.shape]);
  return viewOf(commands.call('select', condition.handle, a.handle, b.handle, ...numbersOf(walk)), shape, a.dtype);
}

/** The native kernel reduces one run of neighbouring axes: several runs are taken one after the other, the last first. */
function reduce(commands: Commands, kind: ReduceKind, x: NativeView, axes: readonly number[]): NativeView {
  const shape = [...x.shape];
  const dtype: DType = kind === 'argmax' ? 'int32' : x.dtype;
  let handle = x.handle;
  const step = (outer: number, length: number, inner: number): void => {
    const next = commands.call('reduce', reduceKinds.indexOf(kind), handle, outer, length, inner);
    if (handle !== x.handle) commands.release(handle);
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

function matmul(commands: Commands, a: NativeView, b: NativeView, flags: MatmulFlags): NativeView {
  const rank = a.shape.length;
  const batch = a.shape.slice(0, rank - 2);
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = flags.transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = flags.transposeB ? rowsB : columnsB;
  const [transposeA, transposeB] = [Number(flags.transposeA), Number(flags.transposeB)];
  const handle = commands.call('matmul', a.handle, b.handle, sizeOf(batch), m, n, k, transposeA, transposeB);
  return viewOf(handle, [...batch, m, n]);
}

function copy(commands: Commands, x: NativeView, first: number, shape: Shape, strides: readonly number[]): NativeView {
  const walk = mergeAxes(shape, [strides]);
  return viewOf(commands.call('stridedCopy', x.handle, first, ...numbersOf(walk)), shape, x.dtype);
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
export function createKernels(engine: NativeEngine, commands: Commands): Kernels<Handle> {
  return {
    fill: (shape, value, dtype) =>
      viewOf(commands.call('fill', sizeOf(shape), value, typeNumber('fill', dtype)), shape, dtype),
    cast: (x, dtype) => viewOf(commands.call('cast', x.handle, typeNumber('cast', dtype)), x.shape, dtype),
    unary: (kind, x) => viewOf(commands.call('unary', unaryKinds.indexOf(kind), x.handle), x.shape, x.dtype),
    binary: (kind, a, b) => binary(commands, kind, a, b),
    select: (condition, a, b) => select(commands, condition, a, b),
    reduce: (kind, x, axes) => reduce(commands, kind, x, axes),
    matmul: (a, b, flags) => matmul(commands, a, b, flags),
    transpose(x, permutation) {
      const strides = stridesOf(x.shape);
      const take = (values: readonly number[]): number[] => permutation.map((axis) => values[axis] as number);
      return copy(commands, x, 0, take(x.shape), take(strides));
    },
    slice(x, begin, size) {
      const strides = stridesOf(x.shape);
      const first = begin.reduce((at, start, axis) => at + start * (strides[axis] as number), 0);
      return copy(commands, x, first, size, strides);
    },
    concat: (xs, axis) => concat(engine, xs, axis),
    gather(table, indices) {
      const [rows = 0, ...rest] = table.shape;
      const handle = commands.call('gather', table.handle, indices.handle, rows, sizeOf(rest));
      return viewOf(handle, [...indices.shape, ...rest], table.dtype);
    },
    scatterAdd(indices, updates, rows) {
      const rest = updates.shape.slice(indices.shape.length);
      const handle = commands.call('scatterAdd', indices.handle, updates.handle, rows, sizeOf(rest));
      return viewOf(handle, [rows, ...rest], updates.dtype);
    },
    activationGradient(kind, dy, y) {
      const number = binaryKinds.length + gradientKinds.indexOf(kind);
      return viewOf(commands.call('binary', number, dy.handle, y.handle), dy.shape);
    },
    cumulativeSum(x, axis) {
      const [outer, inner] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))];
      return viewOf(commands.call('cumulativeSum', x.handle, outer, x.shape[axis] as number, inner), x.shape);
    },
    flip(x, axes) {
      const strides = stridesOf(x.shape).map((stride, axis) => (axes.includes(axis) ? -stride : stride));
      const first = strides.reduce(
        (at, stride, axis) => (stride < 0 ? at - stride * ((x.shape[axis] as number) - 1) : at),
        0,
      );
      return copy(commands, x, Math.max(0, first), x.shape, strides);
    },
    roundToBfloat16: (x) => viewOf(commands.call('roundToBfloat16', x.handle), x.shape),
    bernoulli(shape, rate, { key, step }) {
      const words = [bernoulliThreshold(rate), ...key, step % 2 ** 32, Math.floor(step / 2 ** 32)];
      return viewOf(commands.call('bernoulli', sizeOf(shape), ...words), shape);
    },
  };
}
