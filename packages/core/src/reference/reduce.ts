import type { ReduceKind } from '../backend/types.ts';
import { keepAxes, stridesOf } from '../shape.ts';
import { dataOf, type HostView, newView } from './buffer.ts';

/** Visits every element with the flat index of the result element that it belongs to. */
function eachReduced(x: HostView, axes: readonly number[], visit: (from: number, to: number) => void): void {
  const { shape } = x;
  const kept = stridesOf(keepAxes(shape, axes));
  const steps = shape.map((_, axis) => (axes.includes(axis) ? 0 : (kept[axis] as number)));
  const position = new Int32Array(shape.length);
  const count = dataOf(x).length;
  let to = 0;
  for (let from = 0; from < count; from++) {
    visit(from, to);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [step, length] = [steps[axis] as number, shape[axis] as number];
      to += step;
      position[axis] = (position[axis] as number) + 1;
      if ((position[axis] as number) < length) break;
      to -= step * length;
      position[axis] = 0;
    }
  }
}

function sum(x: HostView, axes: readonly number[]): HostView {
  const result = newView(keepAxes(x.shape, axes), x.dtype);
  const input = dataOf(x);
  const sums = new Float64Array(dataOf(result).length);
  eachReduced(x, axes, (from, to) => {
    sums[to] = (sums[to] as number) + (input[from] as number);
  });
  dataOf(result).set(sums);
  return result;
}

function max(x: HostView, axes: readonly number[]): HostView {
  const result = newView(keepAxes(x.shape, axes), x.dtype);
  const [input, output] = [dataOf(x), dataOf(result)];
  output.fill(x.dtype === 'int32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY);
  eachReduced(x, axes, (from, to) => {
    output[to] = Math.max(output[to] as number, input[from] as number);
  });
  return result;
}

function argmax(x: HostView, axis: number): HostView {
  const result = newView(keepAxes(x.shape, [axis]), 'int32');
  const [input, output] = [dataOf(x), dataOf(result)];
  const length = x.shape[axis] as number;
  const inner = stridesOf(x.shape)[axis] as number;
  for (let to = 0; to < output.length; to++) {
    const start = Math.floor(to / inner) * inner * length + (to % inner);
    let best = 0;
    for (let i = 1; i < length; i++) {
      const [value, top] = [input[start + i * inner] as number, input[start + best * inner] as number];
      if (value > top || (Number.isNaN(value) && !Number.isNaN(top))) best = i;
    }
    output[to] = best;
  }
  return result;
}

/** The kernel `reduce`. */
export function reduce(kind: ReduceKind, x: HostView, axes: readonly number[]): HostView {
  if (kind === 'sum') return sum(x, axes);
  return kind === 'max' ? max(x, axes) : argmax(x, axes[0] as number);
}
