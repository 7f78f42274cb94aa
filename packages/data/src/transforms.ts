import { checkChoice, DataError } from '@lstm/core';

/** How a series is changed before windows are cut. */
export type TransformName = 'none' | 'log' | 'difference' | 'logDifference';

/** Every transform. */
export const transformNames: readonly TransformName[] = ['none', 'log', 'difference', 'logDifference'];

/** A change of a series that can be undone, up to rounding in float64. */
export interface Transform {
  readonly name: TransformName;
  /** Values at the start of a series that the transformed one lacks: 1 for differences, else 0. */
  readonly lost: number;
  /** Returns the changed series, shorter by `lost`. */
  forward(series: ArrayLike<number>): Float64Array;
  /**
   * Returns what follows `last` in the original series, from what follows it in the changed one.
   *
   * @param last - the original value before; differences start from it, the others do not need it
   * @throws DataError when relative changes are to start from a value that is not positive
   */
  inverse(changed: ArrayLike<number>, last: number): Float64Array;
}

function logarithm(name: TransformName, value: number, which: string): number {
  if (value > 0 && value < Number.POSITIVE_INFINITY) return Math.log(value);
  throw new DataError(
    name,
    `${which} is ${value}.`,
    'Logarithms are of positive numbers.',
    "Use 'difference' or 'none'.",
  );
}

function logarithms(name: TransformName, series: ArrayLike<number>): Float64Array {
  return Float64Array.from(series, (value, i) => logarithm(name, value, `value ${i}`));
}

function differences(values: Float64Array): Float64Array {
  return Float64Array.from(
    { length: Math.max(values.length - 1, 0) },
    (_, i) => (values[i + 1] as number) - (values[i] as number),
  );
}

function runningSum(changes: ArrayLike<number>, start: number): Float64Array {
  let total = start;
  return Float64Array.from(changes, (change) => {
    total += change;
    return total;
  });
}

/**
 * Returns the transform of a name: `log`, `difference` (from one step to the next), `logDifference` (relative change), or `none`.
 *
 * @throws DataError in `forward` when a logarithm is asked of a value that is not positive
 *
 * @example
 * ```ts
 * import { transformOf } from '@lstm/data';
 *
 * const { forward, inverse } = transformOf('difference');
 * console.log(forward([3, 5, 4])); // => Float64Array(2) [ 2, -1 ]
 * console.log(inverse([2, 2], 4)); // => Float64Array(2) [ 6, 8 ]
 * ```
 */
export function transformOf(name: TransformName): Transform {
  switch (checkChoice('transformOf', 'name', name, transformNames)) {
    case 'none':
      return {
        name,
        lost: 0,
        forward: (series) => Float64Array.from(series),
        inverse: (changed) => Float64Array.from(changed),
      };
    case 'log':
      return {
        name,
        lost: 0,
        forward: (series) => logarithms(name, series),
        inverse: (changed) => Float64Array.from(changed, (value) => Math.exp(value)),
      };
    case 'difference':
      return { name, lost: 1, forward: (series) => differences(Float64Array.from(series)), inverse: runningSum };
    case 'logDifference':
      return {
        name,
        lost: 1,
        forward: (series) => differences(logarithms(name, series)),
        inverse: (changed, last) =>
          runningSum(changed, logarithm(name, last, 'the last value')).map((value) => Math.exp(value)),
      };
  }
}
