import {
  BackendError,
  type DType,
  DTypeError,
  dtypeOf,
  OptionError,
  type Shape,
  sizeOf,
  type TypedArray,
  type View,
} from '@lstm/core';
import type { Handle, NativeEngine } from './native.ts';

/** A tensor of this backend. */
export type NativeView = View<Handle>;

/** A tensor of this backend, or nothing, as the native side takes it. */
export function handleOf(view: NativeView | undefined): Handle {
  return view?.handle ?? 0;
}

/** A view of a fresh native tensor. */
export function viewOf(handle: Handle, shape: Shape, dtype: DType = 'float32'): NativeView {
  return { handle, shape, dtype };
}

/** The native number of a dtype. */
export function typeNumber(where: string, dtype: DType): number {
  if (dtype === 'float32') return 0;
  if (dtype === 'int32') return 1;
  throw new DTypeError(
    where,
    `the dtype is ${dtype}.`,
    'The cpu backend computes in float32 and int32.',
    'Use float32, or the reference backend for float64.',
  );
}

/** A native error as one of this library's: its message starts with the name of the op in brackets. */
export function asLstmError(where: string, error: unknown): Error {
  const { message = String(error) } = Object(error) as { readonly message?: string };
  const match = /^\[([^\]]+)\] ([\s\S]*)$/.exec(message);
  const [op, text] = match === null ? [where, message] : [match[1] as string, match[2] as string];
  return text.includes('out of range')
    ? new OptionError(op, text)
    : new BackendError(op, text, '', '', { cause: error });
}

/** Calls the engine; its errors become this library's. */
export function call<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw asLstmError(where, error);
  }
}

/** Copies host data to the native side. */
export function upload(engine: NativeEngine, data: TypedArray, shape: Shape): NativeView {
  const dtype = dtypeOf(data);
  typeNumber('upload', dtype);
  if (data.length !== sizeOf(shape)) {
    const fact = `${data.length} values do not fill ${sizeOf(shape)} places.`;
    throw new BackendError(
      'upload',
      fact,
      'A shape holds as many values as the data.',
      'Change the shape or the values.',
    );
  }
  const handle = call('upload', () => engine.upload(data as Float32Array | Int32Array));
  return viewOf(handle, shape, dtype);
}
