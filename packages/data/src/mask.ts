import { type HostArray, type HostArrayLike, isHostArray } from '@lstm/core';

/** Returns the mask that comes with values, as with those of `padSequences`: 1 for steps, 0 for padding. */
export function maskOf(values: HostArrayLike): HostArray | undefined {
  return isHostArray(values) && 'mask' in values && isHostArray(values.mask) ? values.mask : undefined;
}

/** Returns an array that brings a mask along, where there is one. */
export function withMask<A extends HostArray>(array: A, mask: HostArray | undefined): A {
  return mask === undefined ? array : { ...array, mask };
}

/** Returns what tells by the place of a value whether it belongs to a step; without a mask each does. */
export function stepsOf({ data }: HostArray, mask: HostArray | undefined): (place: number) => boolean {
  if (mask === undefined) return () => true;
  const width = data.length / mask.data.length;
  return (place) => mask.data[Math.floor(place / width)] !== 0;
}
