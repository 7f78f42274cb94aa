import type { HostView } from '../buffer.ts';
import { addScaled, product } from '../product.ts';
import { type Sequence, toView } from './sequence.ts';

/** Returns the sum of the rows of `[rows, width]`. */
export function columnSums(values: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (let offset = 0; offset < values.length; offset += width) addScaled(sums, 0, values, offset, 1, width);
  return sums;
}

/** Returns the gradients of `x` and `kernel` from those of the projections `dz` `[batch · time, width]`, zero where masked. */
export function projectionGradients(
  sequence: Sequence,
  dz: Float64Array,
  needs: ReadonlySet<string>,
): { x?: HostView; kernel?: HostView } {
  const { batch, time, features, width, x, kernel, dtype, dropoutMask } = sequence;
  const rows = batch * time;
  const result: { x?: HostView; kernel?: HostView } = {};
  if (needs.has('x')) {
    const dx = product(dz, kernel, [rows, width, features], { transposeA: false, transposeB: true });
    if (dropoutMask !== undefined) {
      for (let i = 0; i < dx.length; i++) {
        const column = Math.floor(i / (time * features)) * features + (i % features);
        dx[i] = (dx[i] as number) * (dropoutMask[column] as number);
      }
    }
    result.x = toView(dx, [batch, time, features], dtype);
  }
  if (needs.has('kernel')) {
    const dKernel = product(x, dz, [features, rows, width], { transposeA: true, transposeB: false });
    result.kernel = toView(dKernel, [features, width], dtype);
  }
  return result;
}
