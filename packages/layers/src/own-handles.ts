import { reshape, Tensor } from '@lstm/core';

/**
 * Returns `outputs` with a handle of its own for each that is among `others` or comes twice, so that disposing one does no harm to
 * another.
 */
export function ownHandles(outputs: readonly Tensor[], others: readonly (Tensor | undefined)[]): readonly Tensor[] {
  return outputs.map((y, i) => (others.includes(y) || outputs.indexOf(y) < i ? reshape(y, y.shape) : y));
}

/** Returns the tensors that a layer's `forward` gave; `undefined` where it gave something else. */
export function tensorsOf(found: unknown): readonly Tensor[] | undefined {
  if (found instanceof Tensor) return [found];
  const list =
    typeof found === 'object' && found !== null && 'mask' in found && 'outputs' in found ? found.outputs : found;
  return Array.isArray(list) && list.length > 0 && list.every((each) => each instanceof Tensor) ? list : undefined;
}
