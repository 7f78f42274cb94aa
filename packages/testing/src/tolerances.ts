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

/** Returns the largest `|a − b| − relative · |b|`; infinite where only one is finite or NaN. */
export function excess(found: ArrayLike<number>, expected: ArrayLike<number>, relative: number): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < found.length; i++) {
    const [a, b] = [found[i] as number, expected[i] as number];
    if (Object.is(a, b) || a === b) continue;
    const error = Math.abs(a - b) - relative * Math.abs(b);
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }
  return worst;
}
