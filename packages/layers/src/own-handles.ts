import { isOwned, reshape, Tensor } from '@lstm/core';

/**
 * Returns `outputs` with a handle of its own for each that the ambient `tidy` does not own, such as an input or a parameter's value,
 * or that comes twice, so that disposing one does no harm to another.
 */
export function ownHandles(outputs: readonly Tensor[]): readonly Tensor[] {
  return outputs.map((y, i) => (isOwned(y) && outputs.indexOf(y) === i ? y : reshape(y, y.shape)));
}

/** Returns the tensors that a layer's `forward` gave; `undefined` where it gave something else. */
export function tensorsOf(found: unknown): readonly Tensor[] | undefined {
  if (found instanceof Tensor) return [found];
  const list =
    typeof found === 'object' && found !== null && 'mask' in found && 'outputs' in found ? found.outputs : found;
  return Array.isArray(list) && list.length > 0 && list.every((each) => each instanceof Tensor) ? list : undefined;
}
