import type { TypedArray } from '../../dtype.ts';
import { addScaled } from '../product.ts';

/** A block of columns of the recurrent kernel `[units, width]`. */
export interface Block {
  readonly width: number;
  readonly from: number;
  readonly count: number;
}

/** Writes `h ∘ mask` of one sequence to `target`; without a mask `h`. */
export function enter(
  target: Float64Array,
  h: Float64Array,
  offset: number,
  mask: TypedArray | undefined,
  maskOffset: number,
): void {
  for (let k = 0; k < target.length; k++) target[k] = (h[offset + k] as number) * (mask?.[maskOffset + k] ?? 1);
}

/** `target += h · R` for a block of columns. */
export function addRecurrent(
  target: Float64Array,
  offset: number,
  h: Float64Array,
  recurrentKernel: TypedArray,
  { width, from, count }: Block,
): void {
  for (let k = 0; k < h.length; k++)
    addScaled(target, offset, recurrentKernel, k * width + from, h[k] as number, count);
}

/** `dh += dz · Rᵀ` and `dR += hᵀ · dz` for a block of columns: the two gradients of {@link addRecurrent}. */
export function addRecurrentGradients(
  dz: Float64Array,
  offset: number,
  h: Float64Array,
  recurrentKernel: TypedArray,
  { width, from, count }: Block,
  dh: Float64Array,
  dRecurrentKernel: Float64Array,
): void {
  for (let k = 0; k < h.length; k++) {
    const start = k * width + from;
    let sum = 0;
    for (let j = 0; j < count; j++) sum += (dz[offset + j] as number) * (recurrentKernel[start + j] as number);
    dh[k] = (dh[k] as number) + sum;
    addScaled(dRecurrentKernel, start, dz, offset, h[k] as number, count);
  }
}
