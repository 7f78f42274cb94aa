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
  mask: Float64Array | undefined,
  maskOffset: number,
): void {
  for (let k = 0; k < target.length; k++) target[k] = (h[offset + k] as number) * (mask?.[maskOffset + k] ?? 1);
}

/** `target += h · R` for a block of columns. */
export function addRecurrent(
  target: Float64Array,
  offset: number,
  h: Float64Array,
  recurrentKernel: Float64Array,
  { width, from, count }: Block,
): void {
  let k = 0;
  // Four rows at once: the target is read and written once for all of them.
  for (; k + 3 < h.length; k += 4) {
    const h0 = h[k] as number;
    const h1 = h[k + 1] as number;
    const h2 = h[k + 2] as number;
    const h3 = h[k + 3] as number;
    const r0 = k * width + from;
    const r1 = r0 + width;
    const r2 = r1 + width;
    const r3 = r2 + width;
    for (let j = 0; j < count; j++) {
      target[offset + j] =
        (target[offset + j] as number) +
        h0 * (recurrentKernel[r0 + j] as number) +
        h1 * (recurrentKernel[r1 + j] as number) +
        h2 * (recurrentKernel[r2 + j] as number) +
        h3 * (recurrentKernel[r3 + j] as number);
    }
  }
  for (; k < h.length; k++) addScaled(target, offset, recurrentKernel, k * width + from, h[k] as number, count);
}

/** `dh += dz · Rᵀ` and `dR += hᵀ · dz` for a block of columns: the two gradients of {@link addRecurrent}. */
export function addRecurrentGradients(
  dz: Float64Array,
  offset: number,
  h: Float64Array,
  recurrentKernel: Float64Array,
  { width, from, count }: Block,
  dh: Float64Array,
  dRecurrentKernel: Float64Array,
): void {
  let k = 0;
  for (; k + 1 < h.length; k += 2) {
    const h0 = h[k] as number;
    const h1 = h[k + 1] as number;
    const r0 = k * width + from;
    const r1 = r0 + width;
    let sum0 = 0;
    let sum1 = 0;
    for (let j = 0; j < count; j++) {
      const d = dz[offset + j] as number;
      sum0 += d * (recurrentKernel[r0 + j] as number);
      sum1 += d * (recurrentKernel[r1 + j] as number);
      dRecurrentKernel[r0 + j] = (dRecurrentKernel[r0 + j] as number) + h0 * d;
      dRecurrentKernel[r1 + j] = (dRecurrentKernel[r1 + j] as number) + h1 * d;
    }
    dh[k] = (dh[k] as number) + sum0;
    dh[k + 1] = (dh[k + 1] as number) + sum1;
  }
  for (; k < h.length; k++) {
    const start = k * width + from;
    let sum = 0;
    for (let j = 0; j < count; j++) sum += (dz[offset + j] as number) * (recurrentKernel[start + j] as number);
    dh[k] = (dh[k] as number) + sum;
    addScaled(dRecurrentKernel, start, dz, offset, h[k] as number, count);
  }
}
