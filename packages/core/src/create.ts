import { getBackend } from './backend/define.ts';
import type { Backend } from './backend/types.ts';
import { type DType, dtypeOf, type TypedArray } from './dtype.ts';
import { DTypeError } from './errors.ts';
import { GradNode } from './graph.ts';
import { type HostArray, type HostArrayLike, hostArrayFor } from './host-array.ts';
import { indexFactsOf, int32Of } from './index-facts.ts';
import { checkInteger, checkOptions } from './options.ts';
import { checkShape, type Shape } from './shape.ts';
import { storageOf } from './storage.ts';
import { Tensor } from './tensor.ts';

/** Options of {@link tensor}. */
export interface TensorOptions {
  /** Shape of the result; by default that of the nesting, or one axis for a typed array. */
  readonly shape?: Shape;
  /** By default float32 for numbers, the array's own type for typed arrays and lists of them. */
  readonly dtype?: DType;
  /** True: gradients with respect to this tensor, of float32 or float64, can be asked for. */
  readonly requiresGrad?: boolean;
  /** By default the one chosen with `useBackend`. */
  readonly backend?: Backend;
}

/** Options of creation functions such as {@link zeros}. */
export interface FillOptions {
  /** Default float32. */
  readonly dtype?: DType;
  /** By default the one chosen with `useBackend`. */
  readonly backend?: Backend;
}

/** A tensor, or a number that takes the dtype and backend of the tensor it meets. */
export type TensorLike = Tensor | number;

function checkDType(where: string, backend: Backend, dtype: DType): void {
  if (backend.dtypes.has(dtype)) return;
  throw new DTypeError(
    where,
    `backend ${backend.name} has no ${dtype}.`,
    `It holds ${[...backend.dtypes].join(', ')}.`,
    dtype === 'float64' ? 'Use float32, or the reference backend for float64.' : 'Use one of them.',
  );
}

/** Throws for a number that `dtype` would silently change: int32 cuts off fractions, and NaN becomes 0. */
function checkHolds(where: string, dtype: DType, value: number, fix: string): void {
  if (dtype !== 'int32' || (value | 0) === value) return;
  const fact = `a number is ${value} where the dtype is int32.`;
  throw new DTypeError(where, fact, 'int32 holds whole numbers from -2147483648 to 2147483647.', fix);
}

function converted({ data, shape }: HostArray, dtype: DType): TypedArray {
  if (dtypeOf(data) === dtype) return data;
  if (dtype === 'int32') return int32Of('tensor', data, shape);
  return dtype === 'float32' ? Float32Array.from(data) : Float64Array.from(data);
}

/**
 * Returns a tensor that holds a copy of `values`.
 *
 * @param values - a number, nested lists of equal lengths, the innermost of which may be typed arrays, a typed array, or a host array
 * @throws {@link DataError} for ragged lists and for what is no int32 where that dtype is asked for, {@link ShapeError} when `shape` holds another number of values,
 *   {@link DTypeError} when the backend lacks the dtype or an int32 tensor requires a gradient, {@link BackendMismatchError} when no backend was chosen
 *
 * @example
 * ```ts
 * import { tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(String(tensor([[1, 2, 3], [4, 5, 6]])).split('\n')[0]); // => tensor float32 [2, 3]
 * ```
 */
export function tensor(values: HostArrayLike, options: TensorOptions = {}): Tensor {
  checkOptions('tensor', options, ['shape', 'dtype', 'requiresGrad', 'backend']);
  const backend = options.backend ?? getBackend();
  const host = hostArrayFor('tensor', values, options.shape, options.dtype);
  const data = converted(host, options.dtype ?? dtypeOf(host.data));
  const dtype = dtypeOf(data);
  checkDType('tensor', backend, dtype);
  const { requiresGrad = false } = options;
  if (requiresGrad && dtype === 'int32') {
    throw new DTypeError(
      'tensor',
      'an int32 tensor requires a gradient.',
      'Gradients are those of floating-point values.',
      "Pass { dtype: 'float32' }, or leave out requiresGrad.",
    );
  }
  const view = backend.upload(data, host.shape);
  const storage = storageOf(backend, view, []);
  storage.indexFacts = indexFactsOf(data, host.shape);
  return new Tensor(storage, host.shape, dtype, requiresGrad ? new GradNode('leaf', []) : undefined);
}

/** Returns a tensor of `shape` that holds `value` everywhere; `where` is named in errors. */
function filled(where: string, shape: Shape, value: number, options: FillOptions): Tensor {
  checkOptions(where, options, ['dtype', 'backend']);
  checkShape(where, shape);
  const backend = options.backend ?? getBackend();
  const dtype = options.dtype ?? 'float32';
  checkDType(where, backend, dtype);
  checkHolds(where, dtype, value, "Pass { dtype: 'float32' }.");
  const own = [...shape];
  return new Tensor(storageOf(backend, backend.kernels.fill(own, value, dtype), []), own, dtype);
}

/**
 * Returns a tensor of `shape` that holds `value` everywhere.
 *
 * @throws {@link ShapeError} for what is no shape, {@link DTypeError} when the backend lacks the dtype, or `value` is no int32 where that
 *   is asked for, {@link BackendMismatchError} when no backend was chosen
 *
 * @example
 * ```ts
 * import { full, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await full([2, 2], 7).array()); // => [ [ 7, 7 ], [ 7, 7 ] ]
 * ```
 */
export function full(shape: Shape, value: number, options: FillOptions = {}): Tensor {
  return filled('full', shape, value, options);
}

/**
 * Returns a tensor of `shape` that holds zeros.
 *
 * @throws {@link ShapeError} for what is no shape, {@link DTypeError} when the backend lacks the dtype, {@link BackendMismatchError} when
 *   no backend was chosen
 *
 * @example
 * ```ts
 * import { useBackend, zeros } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await zeros([3]).array()); // => [ 0, 0, 0 ]
 * ```
 */
export function zeros(shape: Shape, options: FillOptions = {}): Tensor {
  return filled('zeros', shape, 0, options);
}

/**
 * Returns a tensor of `shape` that holds ones.
 *
 * @throws {@link ShapeError} for what is no shape, {@link DTypeError} when the backend lacks the dtype, {@link BackendMismatchError} when
 *   no backend was chosen
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await ones([3], { dtype: 'int32' }).data()); // => Int32Array(3) [ 1, 1, 1 ]
 * ```
 */
export function ones(shape: Shape, options: FillOptions = {}): Tensor {
  return filled('ones', shape, 1, options);
}

/**
 * Returns `[start, start + step, …]`, `count` values, int32 by default.
 *
 * @throws {@link OptionError} when `count` is no integer of at least 0, {@link DTypeError} when a value is no int32 where that is the dtype
 *
 * @example
 * ```ts
 * import { arange, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await arange(3, { start: 1, step: 2 }).array()); // => [ 1, 3, 5 ]
 * ```
 */
export function arange(
  count: number,
  options: FillOptions & { readonly start?: number; readonly step?: number } = {},
): Tensor {
  checkOptions('arange', options, ['dtype', 'backend', 'start', 'step']);
  checkInteger('arange', 'count', count, 0);
  const { start = 0, step = 1, dtype = 'int32', backend } = options;
  const values = Float64Array.from({ length: count }, (_, i) => start + i * step);
  return tensor(values, backend === undefined ? { dtype } : { dtype, backend });
}

/**
 * Returns a number as a scalar of the dtype and backend of `like`; a tensor as it is.
 *
 * @throws {@link DTypeError} for a number that is no int32 where `like` is
 */
export function scalarLike(where: string, value: TensorLike, like: Tensor): Tensor {
  if (typeof value !== 'number') return value;
  checkHolds(where, like.dtype, value, "Convert the tensor first: cast(x, 'float32').");
  return full([], value, { dtype: like.dtype, backend: like.backend });
}
