import type { BinaryKind, UnaryKind } from '../backend/types.ts';
import type { TypedArray } from '../dtype.ts';
import { broadcastShapes, type Shape, sameShape, sizeOf, stridesOf } from '../shape.ts';
import { dataOf, type HostView, newView } from './buffer.ts';
import { erf } from './erf.ts';

const unaryFunctions: Readonly<Record<UnaryKind, (x: number) => number>> = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  recip: (x) => 1 / x,
  floor: Math.floor,
  erf,
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  sigmoid,
  tanh: Math.tanh,
};

const binaryFunctions: Readonly<Record<BinaryKind, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
  max: Math.max,
  min: Math.min,
  less: (a, b) => (a < b ? 1 : 0),
  equal: (a, b) => (a === b ? 1 : 0),
};

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The kernel `roundToBfloat16`. */
export function roundToBfloat16(x: HostView): HostView {
  const result = newView(x.shape, x.dtype);
  const data = dataOf(result);
  for (const [i, value] of dataOf(x).entries()) {
    single[0] = value;
    const [word = 0] = bits;
    // Half of what is cut off, or one less before an even digit, carries into what stays.
    if (!Number.isNaN(value)) bits[0] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
    data[i] = single[0];
  }
  return result;
}

/** Returns 1 / (1 + e⁻ˣ) without overflow and without cancellation for negative x. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** The kernel `unary`. */
export function unary(kind: UnaryKind, x: HostView): HostView {
  const result = newView(x.shape, x.dtype);
  const [input, output] = [dataOf(x), dataOf(result)];
  const f = unaryFunctions[kind];
  for (let i = 0; i < output.length; i++) output[i] = f(input[i] as number);
  return result;
}

/** Returns, for each element of `shape`, the index of the element of `input` that broadcasting repeats there. */
function broadcastIndex(input: Shape, shape: Shape): Int32Array {
  const strides = stridesOf(input);
  const offset = shape.length - input.length;
  const index = new Int32Array(sizeOf(shape));
  const position = new Int32Array(shape.length);
  const steps = shape.map((_, axis) =>
    axis < offset || input[axis - offset] === 1 ? 0 : (strides[axis - offset] ?? 0),
  );
  let at = 0;
  for (let i = 0; i < index.length; i++) {
    index[i] = at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const step = steps[axis] as number;
      at += step;
      position[axis] = (position[axis] as number) + 1;
      if ((position[axis] as number) < (shape[axis] as number)) break;
      at -= step * (shape[axis] as number);
      position[axis] = 0;
    }
  }
  return index;
}

/** Returns a function that reads the element of a broadcast input at a flat index of `shape`. */
function reader(view: HostView, shape: Shape): (i: number) => number {
  const data = dataOf(view);
  if (sameShape(view.shape, shape)) return (i) => data[i] as number;
  if (data.length === 1) return () => data[0] as number;
  const index = broadcastIndex(view.shape, shape);
  return (i) => data[index[i] as number] as number;
}

function fill(output: TypedArray, value: (i: number) => number): void {
  for (let i = 0; i < output.length; i++) output[i] = value(i);
}

/** The kernel `binary`. */
export function binary(kind: BinaryKind, a: HostView, b: HostView): HostView {
  const shape = broadcastShapes(kind, a.shape, b.shape);
  const compares = kind === 'less' || kind === 'equal';
  const result = newView(shape, compares && a.dtype === 'int32' ? 'float32' : a.dtype);
  const output = dataOf(result);
  // A product of two int32 has more bits than a double.
  const f = kind === 'mul' && a.dtype === 'int32' ? Math.imul : binaryFunctions[kind];
  if (sameShape(a.shape, b.shape)) {
    const [left, right] = [dataOf(a), dataOf(b)];
    for (let i = 0; i < output.length; i++) output[i] = f(left[i] as number, right[i] as number);
    return result;
  }
  const [left, right] = [reader(a, shape), reader(b, shape)];
  fill(output, (i) => f(left(i), right(i)));
  return result;
}

/** The kernel `activationGradient`. */
export function activationGradient(kind: 'sigmoid' | 'tanh', dy: HostView, y: HostView): HostView {
  const result = newView(dy.shape, dy.dtype);
  const [gradients, outputs] = [dataOf(dy), dataOf(y)];
  fill(dataOf(result), (i) => {
    const [gradient, output] = [gradients[i] as number, outputs[i] as number];
    return gradient * (kind === 'sigmoid' ? output * (1 - output) : 1 - output * output);
  });
  return result;
}

/** The kernel `select`. */
export function select(condition: HostView, a: HostView, b: HostView): HostView {
  const shape = broadcastShapes('select', broadcastShapes('select', condition.shape, a.shape), b.shape);
  const result = newView(shape, a.dtype);
  const [choice, left, right] = [reader(condition, shape), reader(a, shape), reader(b, shape)];
  fill(dataOf(result), (i) => (choice(i) !== 0 ? left(i) : right(i)));
  return result;
}
