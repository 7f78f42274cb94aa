import { BackendError, DTypeError } from './errors.ts';

/** `float32` everywhere, `int32` for indices, `float64` on the reference backend (gradient checks). */
export type DType = 'float32' | 'int32' | 'float64';

/** The typed array of each {@link DType}. */
export type TypedArray = Float32Array | Int32Array | Float64Array;

/** The typed array that holds values of one {@link DType}. */
export interface TypedArrayOf {
  float32: Float32Array;
  int32: Int32Array;
  float64: Float64Array;
}

/**
 * Returns the dtype that a typed array holds.
 *
 * @example
 * ```ts
 * import { dtypeOf } from '@lstm/core';
 *
 * console.log(dtypeOf(new Int32Array(1))); // => int32
 * ```
 */
export function dtypeOf(data: TypedArray): DType {
  return dtypes[data[Symbol.toStringTag]];
}

// By name and not by instanceof: test runners run code in a realm of its own, whose arrays are not those of Node and its addons.
const dtypes: Readonly<Record<string, DType>> & { readonly [Name in TypedArray[typeof Symbol.toStringTag]]: DType } = {
  Float32Array: 'float32',
  Int32Array: 'int32',
  Float64Array: 'float64',
};

/** @internal Whether it is a typed array of one of the dtypes. */
export function isTypedArray(values: unknown): values is TypedArray {
  return ArrayBuffer.isView(values) && Object.hasOwn(dtypes, Reflect.get(values, Symbol.toStringTag));
}

/**
 * @internal Returns what `make` returns.
 *
 * @throws {@link BackendError} in the place of JavaScript's own error for an array that does not fit, which names neither what for nor
 *   what to do
 */
export function withinMemory<T>(where: string, dtype: DType, length: number, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof RangeError && length > 0 ? outOfMemory(where, dtype, length, error) : error;
  }
}

function outOfMemory(where: string, dtype: DType, length: number, cause: unknown): BackendError {
  const gigabytes = (length * bytesPerElement(dtype)) / 1e9;
  return new BackendError(
    where,
    `${length.toLocaleString('en-US')} numbers of ${dtype} cannot be held.`,
    `They take ${gigabytes.toFixed(1)} GB.`,
    'Use smaller batches, shorter sequences or fewer units.',
    { cause },
  );
}

/**
 * Returns a zero-filled typed array of `length` elements.
 *
 * @throws {@link BackendError} where there is no memory for it
 *
 * @example
 * ```ts
 * import { allocate } from '@lstm/core';
 *
 * console.log(allocate('float64', 2)); // => Float64Array(2) [ 0, 0 ]
 * ```
 */
export function allocate<D extends DType>(dtype: D, length: number): TypedArrayOf[D];
export function allocate(dtype: DType, length: number): TypedArray {
  return withinMemory('tensor', dtype, length, () => zeros(dtype, length));
}

function zeros(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'float64':
      return new Float64Array(length);
    default:
      dtype satisfies never;
      throw new DTypeError(
        'tensor',
        `dtype is ${String(dtype)}.`,
        'A tensor holds float32, int32 or float64.',
        "Use 'float32'.",
      );
  }
}

/**
 * Returns the size of one element in bytes.
 *
 * @example
 * ```ts
 * import { bytesPerElement } from '@lstm/core';
 *
 * console.log(bytesPerElement('float32')); // => 4
 * ```
 */
export function bytesPerElement(dtype: DType): number {
  return dtype === 'float64' ? 8 : 4;
}

/** @internal Throws unless `dtype` is a floating-point type. */
export function checkFloat(where: string, name: string, dtype: DType): void {
  if (dtype === 'int32') {
    throw new DTypeError(
      where,
      `${name} is int32.`,
      `${where} takes float32 or float64.`,
      `Convert it: cast(${name}, 'float32').`,
    );
  }
}
