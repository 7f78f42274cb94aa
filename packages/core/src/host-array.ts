import { describeValue } from './describe-value.ts';
import { allocate, type DType, dtypeOf, isTypedArray, type TypedArray } from './dtype.ts';
import { DataError, ShapeError } from './errors.ts';
import { int32Of } from './index-facts.ts';
import { checkShape, formatShape, type Shape, sameShape, sizeOf } from './shape.ts';

/** Plain host data, row-major: what data preparation returns and `tensor`, `fit` and `predict` take. */
export interface HostArray<D extends TypedArray = TypedArray> {
  readonly data: D;
  readonly shape: Shape;
  /** 1 for steps, 0 for padding, `[samples, time]`, where some steps are padding; `fit` and `predict` use it. */
  readonly mask?: HostArray | undefined;
}

/** Numbers nested to any depth; every list at one depth has the same length. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** {@link NestedNumbers} whose innermost lists may be typed arrays. */
export type NestedArrays = NestedNumbers | TypedArray | readonly NestedArrays[];

/** What can become a {@link HostArray}. */
export type HostArrayLike = NestedArrays | HostArray;

/**
 * Returns true for a `{ data, shape }` record of host data.
 *
 * @example
 * ```ts
 * import { hostArray, isHostArray } from '@lstm/core';
 *
 * console.log(isHostArray(hostArray([1, 2])), isHostArray([1, 2])); // => true false
 * ```
 */
export function isHostArray(value: unknown): value is HostArray {
  return typeof value === 'object' && value !== null && 'data' in value && 'shape' in value && isTypedArray(value.data);
}

/** Shape and dtype of nested lists by what comes first in each; the dtype only where rows are typed arrays. */
function natureOf(values: NestedArrays): { readonly shape: Shape; readonly dtype: DType | undefined } {
  const shape: number[] = [];
  let level: NestedArrays | undefined = values;
  // Only lists: a text has a first character, and that one has one too.
  for (; Array.isArray(level); level = level[0]) shape.push(level.length);
  if (!isTypedArray(level)) return { shape, dtype: undefined };
  return { shape: [...shape, level.length], dtype: dtypeOf(level) };
}

/** Copies nested lists into `out`. */
function flatten(where: string, values: NestedArrays, shape: Shape, out: TypedArray): void {
  const path: number[] = [];
  const copy = (level: NestedArrays, depth: number, offset: number): number => {
    if (typeof level === 'number') {
      if (depth !== shape.length) throw ragged(where, shape, path, depth, level);
      out[offset] = level;
      return offset + 1;
    }
    const row = isTypedArray(level) && depth === shape.length - 1;
    if ((!row && !Array.isArray(level)) || level.length !== shape[depth])
      throw ragged(where, shape, path, depth, level);
    if (row) {
      out.set(level, offset);
      return offset + level.length;
    }
    let next = offset;
    for (let i = 0; i < level.length; i++) {
      path[depth] = i;
      next = copy(level[i] as NestedArrays, depth + 1, next);
    }
    return next;
  };
  copy(values, 0, 0);
}

function ragged(where: string, shape: Shape, path: readonly number[], depth: number, values: unknown): DataError {
  const length = shape[depth];
  const expected = length === undefined ? 'a number was' : `${length} ${length === 1 ? 'value was' : 'values were'}`;
  const place = path.slice(0, depth).map((index) => `[${index}]`);
  const many = Array.isArray(values) || (isTypedArray(values) && length !== undefined);
  const found = many ? `${values.length} values` : typeof values === 'number' ? 'a number' : describeValue(values);
  return new DataError(
    where,
    `a list at depth ${depth} has ${found} where ${expected} expected, at ${place.join('')}.`,
    'Nested lists are rectangular and hold numbers.',
    raggedFix(length, values),
  );
}

function raggedFix(length: number | undefined, values: unknown): string {
  if (ArrayBuffer.isView(values) && !isTypedArray(values))
    return 'Convert it, for example with Float32Array.from(values).';
  if (length === undefined) return 'Turn texts and gaps into numbers before.';
  return 'Pad the shorter lists, for example with padSequences of @lstm/data.';
}

function noData(where: string, values: unknown): DataError {
  const record = typeof values === 'object' && values !== null && 'data' in values && 'shape' in values;
  return new DataError(
    where,
    record ? `data is ${describeValue(values.data)}.` : `the values are ${describeValue(values)}.`,
    record
      ? 'The data of { data, shape } are a Float32Array, Int32Array or Float64Array.'
      : 'Values are numbers in nested lists, a Float32Array, Int32Array or Float64Array, or { data, shape } with one of these.',
    'Convert them, for example with Float32Array.from(values).',
  );
}

function noMask(where: string, mask: unknown): DataError {
  return new DataError(
    where,
    `mask is ${describeValue(mask)}.`,
    'The mask of { data, shape, mask } is { data, shape } itself, 1 for steps and 0 for padding.',
    'Make it with hostArray(mask).',
  );
}

/**
 * Returns host data of `values`.
 *
 * @param values - a number, nested lists of equal lengths, the innermost of which may be typed arrays, a typed array, or a host array
 *   (whose data are not copied, and whose mask is kept where the shape still begins with that of the mask)
 * @param shape - shape of the result; a typed array without one becomes a vector
 * @param dtype - type for numbers and lists; by default that of the first typed array in them, else `float32`. A typed array alone
 *   keeps its type
 * @throws {@link DataError} when nested lists have unequal lengths or hold something else than numbers of the dtype
 * @throws {@link ShapeError} when `shape` does not hold exactly the given values
 *
 * @example
 * ```ts
 * import { hostArray } from '@lstm/core';
 *
 * console.log(hostArray([[1, 2, 3], [4, 5, 6]]).shape.join(' x ')); // => 2 x 3
 * console.log(hostArray([Int32Array.of(7, 8), Int32Array.of(9, 0)]).data); // => Int32Array(4) [ 7, 8, 9, 0 ]
 * ```
 */
export function hostArray(values: HostArrayLike, shape?: Shape, dtype?: DType): HostArray {
  return hostArrayFor('hostArray', values, shape, dtype);
}

/** @internal {@link hostArray} for `where`, which errors name. */
export function hostArrayFor(where: string, values: HostArrayLike, shape?: Shape, dtype?: DType): HostArray {
  let data: TypedArray;
  let natural: Shape;
  if (isHostArray(values)) {
    if (values.mask !== undefined && !isHostArray(values.mask)) throw noMask(where, values.mask);
    data = values.data;
    natural = values.shape;
  } else if (isTypedArray(values)) {
    data = values;
    natural = [values.length];
  } else {
    if (typeof values !== 'number' && !Array.isArray(values)) throw noData(where, values);
    const nature = natureOf(values);
    natural = nature.shape;
    const type = dtype ?? nature.dtype ?? 'float32';
    const numbers = allocate(type === 'int32' ? 'float64' : type, sizeOf(natural));
    flatten(where, values, natural, numbers);
    data = type === 'int32' ? int32Of(where, numbers, natural) : numbers;
  }
  const result = shape ?? natural;
  checkShape(where, result);
  if (sizeOf(result) !== data.length) {
    throw new ShapeError(
      where,
      `${data.length} values were given for shape ${formatShape(result)}.`,
      `That shape holds ${sizeOf(result)} values.`,
      'Change the shape or the values.',
    );
  }
  const mask = isHostArray(values) ? maskFor(values, shape) : undefined;
  return { data, shape: [...result], ...(mask && { mask }) };
}

/** Returns the mask of an array that gets another shape. */
function maskFor({ mask }: HostArray, shape: Shape | undefined): HostArray | undefined {
  if (mask === undefined || shape === undefined) return mask;
  return sameShape(mask.shape, shape.slice(0, mask.shape.length)) ? mask : undefined;
}
