import { type BinaryKind, broadcastShapes, type DType, type Shape, stridesOf, type UnaryKind } from '@lstm/core';
import { inputNames, laneKernel } from '../source/lanes.ts';
import { readerOf, readingKey, readingLengths, readingOf, type Walk } from '../source/walk.ts';
import type { GpuView, Store } from '../store.ts';

const unaryExpressions: Readonly<Record<UnaryKind | 'truncate' | 'copy', (x: string) => string>> = {
  neg: (x) => `-${x}`,
  abs: (x) => `Math.abs(${x})`,
  sign: (x) => `signOf(${x})`,
  exp: (x) => `expOf(${x})`,
  expm1: (x) => `expm1Of(${x})`,
  log: (x) => `logOf(${x})`,
  log1p: (x) => `log1pOf(${x})`,
  sqrt: (x) => `Math.sqrt(${x})`,
  recip: (x) => `1 / ${x}`,
  floor: (x) => `Math.floor(${x})`,
  erf: (x) => `erfOf(${x})`,
  relu: (x) => `reluOf(${x})`,
  sigmoid: (x) => `sigmoidOf(${x})`,
  tanh: (x) => `tanhOf(${x})`,
  truncate: (x) => `truncateOf(${x})`,
  copy: (x) => x,
};

const binaryExpressions: Readonly<Record<BinaryKind, (a: string, b: string) => string>> = {
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: (a, b) => `${a} / ${b}`,
  pow: (a, b) => `powOf(${a}, ${b})`,
  max: (a, b) => `maxOf(${a}, ${b})`,
  min: (a, b) => `minOf(${a}, ${b})`,
  less: (a, b) => `lessOf(${a}, ${b})`,
  equal: (a, b) => `equalOf(${a}, ${b})`,
};

/** Returns the walk over an input that broadcasting repeats over `shape`. */
function broadcastWalk(input: Shape, shape: Shape): Walk {
  const own = stridesOf(input);
  const missing = shape.length - input.length;
  const strides = shape.map((_, axis) =>
    axis < missing || input[axis - missing] === 1 ? 0 : (own[axis - missing] as number),
  );
  return { dims: shape, strides, start: 0 };
}

/** An input that a kernel walks over. */
export interface WalkedInput {
  readonly view: GpuView;
  readonly walk: Walk;
}

/** Returns an input of which each thread reads the element at its own place. */
export function flat(view: GpuView): WalkedInput {
  return { view, walk: { dims: [view.handle.size], strides: [1], start: 0 } };
}

/** Runs an elementwise expression of inputs that are walked over. */
export function mapWalks(
  store: Store,
  where: string,
  walks: readonly WalkedInput[],
  expression: (...values: string[]) => string,
  result: { readonly shape: Shape; readonly dtype: DType },
  key: string = where,
): GpuView {
  const { lanes } = store.device;
  const readings = walks.map(({ walk }, i) => [inputNames[i] as string, readingOf(walk, lanes)] as const);
  return store.run({
    where,
    key: [key, ...readings.map(([, reading]) => readingKey(reading))].join('|'),
    text: () => {
      const readers = readings.map(([name, reading]) => readerOf(name, reading, lanes));
      return laneKernel(
        lanes,
        readings.map(([, { unit }]) => unit),
        readers.map(({ before }) => before).join(' '),
        (lane) => ({
          statements: readers.map((reader, i) => `const v${i}x$ = ${reader.value(lane)};`).join(' '),
          value: expression(...readers.map((_, i) => `v${i}x$`)),
        }),
      );
    },
    inputs: walks.map(({ view }) => view),
    lengths: Object.assign({}, ...readings.map(([name, reading]) => readingLengths(name, reading))),
    ...result,
  });
}

/** Runs an elementwise function of one tensor for the kernel `where`. */
function mapFlat(store: Store, where: string, kind: keyof typeof unaryExpressions, x: GpuView, dtype: DType): GpuView {
  return mapWalks(store, where, [flat(x)], unaryExpressions[kind], { shape: x.shape, dtype }, kind);
}

/** Runs an elementwise function of one tensor. */
export function mapUnary(store: Store, kind: UnaryKind, x: GpuView): GpuView {
  return mapFlat(store, kind, kind, x, x.dtype);
}

/** The kernel `cast`. */
export function cast(store: Store, x: GpuView, dtype: DType): GpuView {
  return mapFlat(store, 'cast', dtype === 'int32' && x.dtype !== 'int32' ? 'truncate' : 'copy', x, dtype);
}

/** Runs an elementwise function of two tensors that broadcast. */
export function mapBinary(store: Store, kind: BinaryKind, a: GpuView, b: GpuView): GpuView {
  const shape = broadcastShapes(kind, a.shape, b.shape);
  const compares = kind === 'less' || kind === 'equal';
  const inputs = [a, b].map((view) => ({ view, walk: broadcastWalk(view.shape, shape) }));
  return mapWalks(store, kind, inputs, binaryExpressions[kind], { shape, dtype: compares ? 'float32' : a.dtype });
}

/** The kernel `activationGradient`. */
export function activationGradient(store: Store, kind: 'sigmoid' | 'tanh', dy: GpuView, y: GpuView): GpuView {
  const slope = (output: string): string =>
    kind === 'sigmoid' ? `${output} * (1 - ${output})` : `1 - ${output} * ${output}`;
  const expression = (...[gradient, output]: string[]): string => `${gradient} * (${slope(output as string)})`;
  return mapWalks(store, `${kind}Gradient`, [flat(dy), flat(y)], expression, { shape: dy.shape, dtype: dy.dtype });
}

/** The kernel `select`. */
export function select(store: Store, condition: GpuView, a: GpuView, b: GpuView): GpuView {
  const shape = broadcastShapes('select', broadcastShapes('select', condition.shape, a.shape), b.shape);
  const inputs = [condition, a, b].map((view) => ({ view, walk: broadcastWalk(view.shape, shape) }));
  const choose = (...[c, x, y]: string[]): string => `${c} != 0 ? ${x} : ${y}`;
  return mapWalks(store, 'select', inputs, choose, { shape, dtype: a.dtype });
}
