import type { HostView } from '../buffer.ts';
import { forEachStep, type Position, type Sequence, toView } from './sequence.ts';

/** Walks the sequence: `step` advances the states where a step is valid; elsewhere they are carried. Returns the outputs. */
export function walkForward(
  sequence: Sequence,
  histories: readonly Float64Array[],
  step: (position: Position) => void,
): HostView {
  const { batch, time, units, mask, reverse, zeroOutputForMask, dtype } = sequence;
  const y = new Float64Array(batch * time * units);
  const h = histories[0] as Float64Array;
  forEachStep(sequence, false, (position, index) => {
    const { row, before, after } = position;
    if (mask === undefined || mask[row] !== 0) {
      step(position);
      for (let j = 0; j < units; j++) y[row * units + j] = h[after + j] as number;
      return;
    }
    for (const history of histories) history.copyWithin(after, before, before + units);
    if (zeroOutputForMask || index === 0) return;
    const previous = (reverse ? row + 1 : row - 1) * units;
    y.copyWithin(row * units, previous, previous + units);
  });
  return toView(y, [batch, time, units], dtype);
}

/**
 * Walks the sequence backwards: adds the gradient of each output to `dh` `[batch, units]`, the gradient of the state, and lets
 * `step` take valid steps back. Masked steps pass the gradients of their states on, and those of repeated outputs to the
 * output that they repeat.
 */
export function walkBackward(
  sequence: Sequence,
  dy: Float64Array | undefined,
  dh: Float64Array,
  step: (position: Position) => void,
): void {
  const { units, mask, zeroOutputForMask } = sequence;
  const repeated = new Float64Array(dh.length);
  forEachStep(sequence, true, (position) => {
    const { row, unit } = position;
    const valid = mask === undefined || mask[row] !== 0;
    if (dy !== undefined && (valid || !zeroOutputForMask)) {
      for (let j = 0; j < units; j++) {
        const gradient = (dy[row * units + j] as number) + (repeated[unit + j] as number);
        repeated[unit + j] = valid ? 0 : gradient;
        if (valid) dh[unit + j] = (dh[unit + j] as number) + gradient;
      }
    }
    if (valid) step(position);
  });
}
