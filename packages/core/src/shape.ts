import { describeValue } from './describe-value.ts';
import { OptionError, ShapeError } from './errors.ts';

/** Sizes of a tensor's axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/**
 * Returns how many elements a shape holds.
 *
 * @example
 * ```ts
 * import { sizeOf } from '@lstm/core';
 *
 * console.log(sizeOf([2, 3])); // => 6
 * ```
 */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/**
 * Returns true when both shapes are equal.
 *
 * @example
 * ```ts
 * import { sameShape } from '@lstm/core';
 *
 * console.log(sameShape([2, 3], [2, 3]), sameShape([2], [2, 1])); // => true false
 * ```
 */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/**
 * Returns `[2, 3]` for messages.
 *
 * @example
 * ```ts
 * import { formatShape } from '@lstm/core';
 *
 * console.log(formatShape([2, 3])); // => [2, 3]
 * ```
 */
export function formatShape(shape: readonly (number | undefined)[]): string {
  return `[${shape.map((length) => length ?? '?').join(', ')}]`;
}

/**
 * Returns row-major strides in elements.
 *
 * @example
 * ```ts
 * import { stridesOf } from '@lstm/core';
 *
 * console.log(stridesOf([2, 3, 4])); // => [ 12, 4, 1 ]
 * ```
 */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  return strides;
}

/** Throws unless `list` is a list of numbers for axes, which other libraries take one by one. */
export function checkNumbers(where: string, name: string, list: readonly number[]): void {
  if (Array.isArray(list)) return;
  throw new ShapeError(where, `${name} is ${describeValue(list)}.`, `${name} is a list of numbers.`, 'Write [2, 3].');
}

/** Throws unless every length is a non-negative integer. */
export function checkShape(where: string, shape: Shape): void {
  if (!Array.isArray(shape)) {
    throw new ShapeError(
      where,
      `shape is ${describeValue(shape)}.`,
      'A shape is a list of lengths.',
      'Write for example [3].',
    );
  }
  for (const length of shape) {
    if (Number.isInteger(length) && length >= 0) continue;
    throw new ShapeError(
      where,
      `shape is ${formatShape(shape)}.`,
      'Every length is a whole number of at least 0.',
      'Check how the shape was computed.',
    );
  }
}

/**
 * Returns `axis` in `[0, rank)`; negative axes count from the end.
 *
 * @throws {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { normalizeAxis } from '@lstm/core';
 *
 * console.log(normalizeAxis('myOp', -1, 3)); // => 2
 * ```
 */
export function normalizeAxis(where: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && normal >= 0 && normal < rank) return normal;
  throw new OptionError(
    where,
    `axis is ${axis}.`,
    rank === 0 ? 'A scalar has no axes.' : `The tensor has rank ${rank}, so an axis lies in [${-rank}, ${rank - 1}].`,
    'Choose an axis of the tensor.',
  );
}

/**
 * Returns sorted, distinct, normalized axes; `undefined` means all axes.
 *
 * @throws {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { normalizeAxes } from '@lstm/core';
 *
 * console.log(normalizeAxes('myOp', [-1, 0], 3)); // => [ 0, 2 ]
 * ```
 */
export function normalizeAxes(where: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === 'number' ? [axes] : axes;
  return [...new Set(list.map((axis) => normalizeAxis(where, axis, rank)))].sort((a, b) => a - b);
}

/**
 * Returns the shape that two shapes broadcast to (NumPy's rule: align at the last axis, 1 stretches).
 *
 * @throws {@link ShapeError} when an axis differs and neither is 1
 *
 * @example
 * ```ts
 * import { broadcastShapes } from '@lstm/core';
 *
 * console.log(broadcastShapes('myOp', [2, 1], [3])); // => [ 2, 3 ]
 * ```
 */
export function broadcastShapes(where: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const left = a[a.length - i] ?? 1;
    const right = b[b.length - i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new ShapeError(
        where,
        `a is ${formatShape(a)}, b is ${formatShape(b)}.`,
        `Axes align from the last one and must be equal or 1 (${left} vs ${right}).`,
        'Add axes of length 1 with reshape where values should repeat.',
      );
    }
    result[rank - i] = left === 1 ? right : left;
  }
  return result;
}

/** Returns the axes of `result` along which a tensor of shape `input` was repeated by broadcasting. */
export function broadcastAxes(input: Shape, result: Shape): number[] {
  const offset = result.length - input.length;
  return result.flatMap((length, axis) =>
    axis < offset || (input[axis - offset] === 1 && length !== 1) ? [axis] : [],
  );
}

/** Returns `shape` with each of `axes` set to 1. */
export function keepAxes(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
}

/**
 * Returns `target` with its one `-1` replaced by what `size` elements need.
 *
 * @throws {@link ShapeError} when the sizes do not fit
 */
export function inferShape(where: string, size: number, target: Shape, source: Shape): Shape {
  checkNumbers(where, 'shape', target);
  const known = sizeOf(target.filter((length) => length !== -1));
  const shape = target.map((length) => (length === -1 ? size / known : length));
  if (target.filter((length) => length === -1).length > 1 || sizeOf(shape) !== size || !shape.every(Number.isInteger)) {
    throw new ShapeError(
      where,
      `input is ${formatShape(source)} with ${size} elements, shape is ${formatShape(target)}.`,
      'The number of elements must stay the same; one length may be -1.',
      'Change the shape, or let one length be computed: -1.',
    );
  }
  checkShape(where, shape);
  return shape;
}
