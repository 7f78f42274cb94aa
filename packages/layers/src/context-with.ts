import { cast } from '@lstm/core';
import type { CallContext } from './layer-types.ts';

/** Returns `context` with another mask and other states. Spelled out: in every layer of every batch a spread would take its time. */
export function contextWith(
  { training, seed, step }: CallContext,
  mask: CallContext['mask'],
  initialState: CallContext['initialState'],
): CallContext {
  return { training, mask, initialState, seed, step };
}

/** Returns `context` with a mask that ops can multiply by: it may come as int32. Runs inside `tidy`. */
export function withFloatMask(context: CallContext): CallContext {
  const { mask, initialState } = context;
  return mask?.dtype === 'int32' ? contextWith(context, cast(mask, 'float32'), initialState) : context;
}
