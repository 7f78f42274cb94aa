import { cast, type Tensor } from '@lstm/core';
import type { CallContext } from './layer-types.ts';

/** Returns `context` with other masks and states. Spelled out: in every layer of every batch a spread would take its time. */
export function contextWith(
  { training, seed, step }: CallContext,
  mask: CallContext['mask'],
  initialState: CallContext['initialState'],
  masks?: CallContext['masks'],
): CallContext {
  return { training, mask, masks, initialState, seed, step };
}

const isInt = (mask: Tensor | undefined): boolean => mask?.dtype === 'int32';

/**
 * Returns `context` with the mask of the first input where only `masks` tells it, and masks that ops can multiply by: they may come as
 * int32. Runs inside `tidy`.
 */
export function withFloatMasks(context: CallContext): CallContext {
  const { masks, mask = masks?.[0], initialState } = context;
  if (mask === context.mask && !isInt(mask) && !masks?.some(isInt)) return context;
  const float = (each: Tensor | undefined): Tensor | undefined => each && cast(each, 'float32');
  return contextWith(context, float(mask), initialState, masks?.map(float));
}
