import { dtypeOf, formatShape, type HostArray } from '@lstm/core';
import { type Tolerance, worst } from './tolerances.ts';

/** What a comparison found: the largest distance beyond the relative tolerance and, where that is too much, what is wrong. */
export interface Comparison {
  readonly maxError: number;
  readonly reason?: string;
}

/**
 * Compares what a backend gave with what is expected; the reason tells the worst value.
 *
 * @param names - one for each array, such as `gradient of x`
 */
export function compareAll(
  names: readonly string[],
  found: readonly HostArray[],
  expected: readonly HostArray[],
  tolerance: Tolerance,
): Comparison {
  const all = names.map((name, i) => compare(name, found[i] as HostArray, expected[i] as HostArray, tolerance));
  return all.reduce((most, each) => (each.maxError > most.maxError ? each : most), { maxError: 0 });
}

function compare(name: string, found: HostArray, expected: HostArray, { absolute, relative }: Tolerance): Comparison {
  const [type, wanted] = [typeOf(found), typeOf(expected)];
  if (type !== wanted) return { maxError: Number.POSITIVE_INFINITY, reason: `${name} is ${type}, expected ${wanted}` };
  const { error, place } = worst(found.data, expected.data, relative);
  if (error <= absolute) return { maxError: error };
  const at = placeIn(found.shape, place);
  const distance = Number.isFinite(error) ? ` (off by ${error.toPrecision(3)} beyond the tolerance)` : '';
  const reason = `${name}${at && ` at ${at}`} is ${found.data[place]}, expected ${expected.data[place]}${distance}`;
  return { maxError: error, reason };
}

/** The expected values are float64 where a backend may have float32 only. */
function typeOf({ data, shape }: HostArray): string {
  return `${dtypeOf(data) === 'int32' ? 'int32' : 'floating-point'} ${formatShape(shape)}`;
}

/** Returns the position of a value as one writes it in code, `[1][0]`; nothing for a scalar. */
function placeIn(shape: readonly number[], flat: number): string {
  let rest = flat;
  return shape.reduceRight((text, length) => {
    const index = rest % length;
    rest = Math.floor(rest / length);
    return `[${index}]${text}`;
  }, '');
}
