import { reshape, type Tensor } from '@lstm/core';

/**
 * Returns `outputs` with a handle of its own for each that is among `others` or comes twice, so that disposing one does no harm to
 * another.
 */
export function ownHandles(outputs: readonly Tensor[], others: readonly (Tensor | undefined)[]): readonly Tensor[] {
  return outputs.map((y, i) => (others.includes(y) || outputs.indexOf(y) < i ? reshape(y, y.shape) : y));
}
