import type { View } from '../backend/types.ts';
import { allocate, type DType, type TypedArray } from '../dtype.ts';
import { BackendError } from '../errors.ts';
import { type Shape, sizeOf } from '../shape.ts';

/** The reference backend's handle: host memory, or nothing after it was freed. */
export interface HostBuffer {
  data: TypedArray | undefined;
}

/** A view of host memory. */
export type HostView = View<HostBuffer>;

/** Returns the memory behind a view. */
export function dataOf(view: HostView): TypedArray {
  if (view.handle.data !== undefined) return view.handle.data;
  throw new BackendError(
    'reference',
    'a buffer was used after free.',
    'A handle is freed after its last use.',
    'Keep the tensor, or free it later.',
  );
}

/** Returns a view of `data`. */
export function viewOf(data: TypedArray, shape: Shape, dtype: DType): HostView {
  return { handle: { data }, shape, dtype };
}

/** Returns a zero-filled view. */
export function newView(shape: Shape, dtype: DType): HostView {
  return viewOf(allocate(dtype, sizeOf(shape)), shape, dtype);
}
