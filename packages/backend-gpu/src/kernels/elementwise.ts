import { type BinaryKind, broadcastShapes, type DType, type Shape, stridesOf, type UnaryKind } from '@lstm/core';
import { joinAxes, type Walk, walkKey } from '../source/index-math.ts';
import { inputNames, laneKernel, walkReader } from '../source/lanes.ts';
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

/** Runs an elementwise expression of inputs that are walked over. */
export function mapWalks(
  store: Store,
  where: string,
  walks: readonly { readonly view: GpuView; readonly walk: Walk }[],
  expression: (...values: string[]) => string,
  result: { readonly shape: Shape; readonly dtype: DType },
  key: string = where,
): GpuView {
  const inputs = walks.map(({ view, walk }) => ({ view, walk: joinAxes(walk) }));
  return store.run({
    where,
    key: [key, ...inputs.map(({ walk }) => walkKey(walk))].join('|'),
    text: (lanes) => {
      const readers = inputs.map(({ walk }, i) => walkReader(inputNames[i] as string, walk, lanes));
      return laneKernel(
        lanes,
        readers.map(({ kind }) => kind),
        readers.map(({ before }) => before).join(' '),
        (lane) => ({
          statements: readers.map((reader, i) => `const v${i}x$ = ${reader.value(lane)};`).join(' '),
          value: expression(...readers.map((_, i) => `v${i}x$`)),
        }),
      );
    },
    inputs: inputs.map(({ view }) => view),
    ...result,
  });
}

/** Runs an elementwise function of one tensor for the kernel `where`. */
function mapFlat(store: Store, where: string, kind: keyof typeof unaryExpressions, x: GpuView, dtype: DType): GpuView {
  const walk = broadcastWalk([x.handle.size], [x.handle.size]);
  return mapWalks(store, where, [{ view: x, walk }], unaryExpressions[kind], { shape: x.shape, dtype }, kind);
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
  const walk = broadcastWalk([dy.handle.size], [dy.handle.size]);
  const slope = (output: string): string =>
    kind === 'sigmoid' ? `${output} * (1 - ${output})` : `1 - ${output} * ${output}`;
  const inputs = [dy, y].map((view) => ({ view, walk }));
  const expression = (...[gradient, output]: string[]): string => `${gradient} * (${slope(output as string)})`;
  return mapWalks(store, `${kind}Gradient`, inputs, expression, { shape: dy.shape, dtype: dy.dtype });
}

/** The kernel `select`. */
export function select(store: Store, condition: GpuView, a: GpuView, b: GpuView): GpuView {
  const shape = broadcastShapes('select', broadcastShapes('select', condition.shape, a.shape), b.shape);
  const inputs = [condition, a, b].map((view) => ({ view, walk: broadcastWalk(view.shape, shape) }));
  const choose = (...[c, x, y]: string[]): string => `${c} != 0 ? ${x} : ${y}`;
  return mapWalks(store, 'select', inputs, choose, { shape, dtype: a.dtype });
}
