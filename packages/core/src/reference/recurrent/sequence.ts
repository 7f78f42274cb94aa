import type { RecurrentAttributes, RecurrentInputs } from '../../backend/fused.ts';
import type { DType } from '../../dtype.ts';
import { dataOf, type HostView, viewOf } from '../buffer.ts';
import { addScaled, doubles, product } from '../product.ts';

/** A call of a recurrent kernel, its tensors as plain arrays. Rows of a sequence are numbered `b · time + t`. */
export interface Sequence {
  readonly batch: number;
  readonly time: number;
  readonly features: number;
  readonly units: number;
  /** Columns of the kernel, gates times units. */
  readonly width: number;
  readonly dtype: DType;
  /** Inputs `[batch · time, features]` after dropout; zeros where masked. */
  readonly x: Float64Array;
  readonly kernel: Float64Array;
  readonly recurrentKernel: Float64Array;
  readonly mask: Float64Array | undefined;
  readonly dropoutMask: Float64Array | undefined;
  readonly recurrentDropoutMask: Float64Array | undefined;
  readonly reverse: boolean;
  readonly zeroOutputForMask: boolean;
}

/** Returns the values of a view in float64. */
export function valuesOf(view: HostView): Float64Array {
  return doubles(dataOf(view));
}

/** Returns the call as plain arrays. */
export function openSequence(inputs: RecurrentInputs<HostView>, attributes: RecurrentAttributes): Sequence {
  const [batch, time, features] = inputs.x.shape as readonly [number, number, number];
  const [units, width] = inputs.recurrentKernel.shape as readonly [number, number];
  const mask = inputs.mask && valuesOf(inputs.mask);
  const dropoutMask = inputs.dropoutMask && valuesOf(inputs.dropoutMask);
  let x = valuesOf(inputs.x);
  if (mask !== undefined || dropoutMask !== undefined) {
    x = x.slice();
    for (let row = 0; row < batch * time; row++) {
      const kept = mask === undefined || mask[row] !== 0;
      const dropoutRow = Math.floor(row / time) * features;
      for (let j = 0; j < features; j++) {
        const factor = dropoutMask?.[dropoutRow + j] ?? 1;
        x[row * features + j] = kept ? (x[row * features + j] as number) * factor : 0;
      }
    }
  }
  return {
    batch,
    time,
    features,
    units,
    width,
    dtype: inputs.x.dtype,
    x,
    kernel: valuesOf(inputs.kernel),
    recurrentKernel: valuesOf(inputs.recurrentKernel),
    mask,
    dropoutMask,
    recurrentDropoutMask: inputs.recurrentDropoutMask && valuesOf(inputs.recurrentDropoutMask),
    reverse: attributes.reverse,
    zeroOutputForMask: attributes.zeroOutputForMask,
  };
}

/** Returns `x·kernel + bias` `[batch · time, width]`; the bias is the first `width` values of `bias`. */
export function projections(sequence: Sequence, bias: Float64Array | undefined): Float64Array {
  const { batch, time, features, width, x, kernel } = sequence;
  const rows = batch * time;
  const z = product(x, kernel, [rows, features, width], { transposeA: false, transposeB: false });
  if (bias !== undefined) for (let row = 0; row < rows; row++) addScaled(z, row * width, bias, 0, 1, width);
  return z;
}

/** Returns room for a state after each step of the walk, `[time + 1, batch, units]`, the initial one filled in. */
export function stateHistory({ time, batch, units }: Sequence, initial: HostView | undefined): Float64Array {
  const history = new Float64Array((time + 1) * batch * units);
  if (initial !== undefined) history.set(dataOf(initial));
  return history;
}

/** Returns the last state of a history as a view `[batch, units]`. */
export function finalState({ time, batch, units, dtype }: Sequence, history: Float64Array): HostView {
  return toView(history.subarray(time * batch * units), [batch, units], dtype);
}

/** Returns values as a view of `dtype`. */
export function toView(values: Float64Array, shape: readonly number[], dtype: DType): HostView {
  return viewOf(dtype === 'float64' ? values.slice() : Float32Array.from(values), shape, dtype);
}

/** Where one step of one sequence of the batch finds its values. */
export interface Position {
  /** Row of the input and of the output. */
  readonly row: number;
  /** Offset of the state before the step in a history. */
  readonly before: number;
  /** Offset of the state after the step. */
  readonly after: number;
  /** Offset of this sequence's values in a `[batch, units]` array. */
  readonly unit: number;
}

/** Calls `visit` for every step of the walk and every sequence of the batch, in the order of the walk or against it. */
export function forEachStep(
  { batch, time, units, reverse }: Sequence,
  backwards: boolean,
  visit: (position: Position, step: number) => void,
): void {
  for (let i = 0; i < time; i++) {
    const step = backwards ? time - 1 - i : i;
    const t = reverse ? time - 1 - step : step;
    for (let b = 0; b < batch; b++) {
      const before = (step * batch + b) * units;
      visit({ row: b * time + t, before, after: before + batch * units, unit: b * units }, step);
    }
  }
}
