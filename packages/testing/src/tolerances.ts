import type { Backend } from '@lstm/core';

/** How far a result may lie from the reference: `|a − b| ≤ absolute + relative · |b|`. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** The one table of tolerances, by arithmetic of the backend. */
export const tolerances: Readonly<
  Record<'float64' | 'float32' | 'reduced', Readonly<Record<'output' | 'gradient', Tolerance>>>
> = {
  float64: {
    output: { absolute: 1e-9, relative: 1e-7 },
    gradient: { absolute: 1e-7, relative: 1e-5 },
  },
  float32: {
    output: { absolute: 1e-5, relative: 1e-4 },
    gradient: { absolute: 1e-4, relative: 1e-3 },
  },
  reduced: {
    output: { absolute: 1e-2, relative: 1e-2 },
    gradient: { absolute: 5e-2, relative: 5e-2 },
  },
};

/** Returns the tolerance of a backend: that of float64 where it has that type, else that of its precision. */
export function toleranceOf({ dtypes, precision }: Backend, kind: 'output' | 'gradient'): Tolerance {
  return tolerances[dtypes.has('float64') ? 'float64' : precision][kind];
}

/**
 * Returns the largest `|a − b| − relative · |b|`; infinite where only one is finite or NaN.
 *
 * @example
 * ```ts
 * import { excess } from '@lstm/testing';
 *
 * console.log(excess([1, 2.5], [1, 2], 0.125), excess([Number.NaN], [1], 0)); // => 0.25 Infinity
 * ```
 */
export function excess(found: ArrayLike<number>, expected: ArrayLike<number>, relative: number): number {
  return found.length === expected.length ? worst(found, expected, relative).error : Number.POSITIVE_INFINITY;
}

/** Returns the {@link excess} of two arrays of one length, and the place of the value that has it. */
export function worst(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative: number,
): { readonly error: number; readonly place: number } {
  let [error, place] = [0, 0];
  for (let i = 0; i < found.length; i++) {
    const [a, b] = [found[i] as number, expected[i] as number];
    if (Object.is(a, b) || a === b) continue;
    const own = Math.abs(a - b) - relative * Math.abs(b);
    if (own <= error) continue;
    [error, place] = [Number.isNaN(own) ? Number.POSITIVE_INFINITY : own, i];
  }
  return { error, place };
}
