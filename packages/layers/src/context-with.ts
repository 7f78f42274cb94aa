import type { CallContext } from './layer-types.ts';

/** Returns `context` with another mask and other states. Spelled out: in every layer of every batch a spread would take its time. */
export function contextWith(
  { training, seed, step }: CallContext,
  mask: CallContext['mask'],
  initialState: CallContext['initialState'],
): CallContext {
  return { training, mask, initialState, seed, step };
}
