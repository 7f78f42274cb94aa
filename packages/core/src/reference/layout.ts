import { type Shape, sizeOf, stridesOf } from '../shape.ts';
import { dataOf, type HostView, newView, viewOf } from './buffer.ts';

/** Fills `shape` row-major with the elements of `x` that `steps` (per result axis, in elements) lead to from `start`. */
function strided(x: HostView, shape: Shape, steps: readonly number[], start: number): HostView {
  const result = newView(shape, x.dtype);
  const [input, output] = [dataOf(x), dataOf(result)];
  const position = new Int32Array(shape.length);
  let at = start;
  for (let i = 0; i < output.length; i++) {
    output[i] = input[at] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [step, length] = [steps[axis] as number, shape[axis] as number];
      at += step;
      position[axis] = (position[axis] as number) + 1;
      if ((position[axis] as number) < length) break;
      at -= step * length;
      position[axis] = 0;
    }
  }
  return result;
}

/** The kernel `transpose`. */
export function transpose(x: HostView, permutation: readonly number[]): HostView {
  const strides = stridesOf(x.shape);
  const shape = permutation.map((axis) => x.shape[axis] as number);
  const steps = permutation.map((axis) => strides[axis] as number);
  return strided(x, shape, steps, 0);
}

/** The kernel `slice`. */
export function slice(x: HostView, begin: readonly number[], size: Shape): HostView {
  const strides = stridesOf(x.shape);
  const start = begin.reduce((sum, from, axis) => sum + from * (strides[axis] as number), 0);
  return strided(x, size, strides, start);
}

/** The kernel `flip`. */
export function flip(x: HostView, axes: readonly number[]): HostView {
  const strides = stridesOf(x.shape);
  const steps = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
  const start = axes.reduce((sum, axis) => sum + ((x.shape[axis] as number) - 1) * (strides[axis] as number), 0);
  return strided(x, x.shape, steps, start);
}

/** The kernel `concat`. */
export function concat(xs: readonly HostView[], axis: number): HostView {
  const first = xs[0] as HostView;
  const length = xs.reduce((sum, x) => sum + (x.shape[axis] as number), 0);
  const shape = first.shape.map((size, i) => (i === axis ? length : size));
  const result = newView(shape, first.dtype);
  const output = dataOf(result);
  const rows = sizeOf(shape.slice(0, axis));
  const width = sizeOf(shape.slice(axis));
  let column = 0;
  for (const x of xs) {
    const block = sizeOf(x.shape.slice(axis));
    for (let row = 0; row < rows; row++) {
      output.set(dataOf(x).subarray(row * block, (row + 1) * block), row * width + column);
    }
    column += block;
  }
  return result;
}

/** The kernel `cumulativeSum`. */
export function cumulativeSum(x: HostView, axis: number): HostView {
  const data = dataOf(x).slice();
  const inner = stridesOf(x.shape)[axis] as number;
  const length = x.shape[axis] as number;
  for (let i = 0; i < data.length; i++) {
    if (Math.floor(i / inner) % length > 0) data[i] = (data[i] as number) + (data[i - inner] as number);
  }
  return viewOf(data, x.shape, x.dtype);
}
