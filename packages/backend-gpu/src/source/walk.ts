import type { Lanes, Lengths } from '../device.ts';
import { quotient, residue, times } from './index-math.ts';
import { elementIndex, texelIndex } from './lanes.ts';

/** Which elements of an input a kernel visits as it walks over its result. */
export interface Walk {
  /** Lengths of the axes, outermost first. */
  readonly dims: readonly number[];
  /** For each axis how far apart neighbours lie in the input; 0 repeats, negative walks back. */
  readonly strides: readonly number[];
  /** Where the walk starts in the input. */
  readonly start: number;
}

/** How the threads of a kernel read an input: by whole texels, or by elements. */
export interface Reading extends Walk {
  readonly unit: 'texel' | 'element';
  /** A thread reads once for the texel that it makes, or for each of its lanes. The axes are in these. */
  readonly per: 'texel' | 'lane';
}

/** Returns the walk with axes of length 1 left out and neighbours joined that are walked through without a gap. */
function joinAxes({ dims, strides, start }: Walk): Walk {
  const joined: { length: number; stride: number }[] = [];
  dims.forEach((length, axis) => {
    const stride = strides[axis] as number;
    const last = joined.at(-1);
    if (length === 1) return;
    if (last !== undefined && last.stride === stride * length) {
      last.length *= length;
      last.stride = stride;
    } else joined.push({ length, stride });
  });
  return { dims: joined.map(({ length }) => length), strides: joined.map(({ stride }) => stride), start };
}

/** Returns the walk over texels of four elements where the walk over elements never leaves a texel in between. */
function walkTexels({ dims, strides, start }: Walk): Walk | undefined {
  const last = dims.length - 1;
  const aligned =
    start % 4 === 0 &&
    strides[last] === 1 &&
    // What is read beyond the end of a single axis goes to padding.
    (last === 0 || (dims[last] as number) % 4 === 0) &&
    strides.every((stride, axis) => axis === last || stride % 4 === 0);
  if (!aligned) return undefined;
  return {
    dims: dims.map((length, axis) => (axis === last ? length / 4 : length)),
    strides: strides.map((stride, axis) => (axis === last ? 1 : stride / 4)),
    start: start / 4,
  };
}

/** Returns how threads that make `lanes` elements read what a walk leads to. */
export function readingOf(walk: Walk, lanes: Lanes): Reading {
  const joined = joinAxes(walk);
  if (lanes === 1) return { unit: 'element', per: 'lane', ...joined };
  const texels = walkTexels(joined);
  if (texels !== undefined) return { unit: 'texel', per: 'texel', ...texels };
  const { dims, strides, start } = joined;
  if (strides.every((stride) => stride === 0)) return { unit: 'element', per: 'texel', dims: [], strides: [], start };
  const last = dims.length - 1;
  const length = dims[last] as number;
  // The last axis repeats one element, at least for a whole texel.
  if (strides[last] === 0 && length % 4 === 0)
    return { unit: 'element', per: 'texel', dims: dims.with(last, length / 4), strides, start };
  return { unit: 'element', per: 'lane', ...joined };
}

/** Whether a stride stands in a source by a name. */
const isNamed = (stride: number): boolean => stride !== 0 && stride !== 1;

/** Returns a short text that tells apart the sources of readings: all but their lengths. */
export function readingKey({ unit, per, strides, start }: Reading): string {
  const steps = strides.map((stride) => (isNamed(stride) ? 'n' : stride));
  return `${unit} per ${per}${start === 0 ? '' : ' moved'}:${steps.join(',')}`;
}

/** Returns what the source of a reading of the input `name` uses. */
export function readingLengths(name: string, { dims, strides, start }: Reading): Lengths {
  const lengths: Record<string, number> = {};
  if (start !== 0) lengths[`${name}Start`] = start;
  strides.forEach((stride, axis) => {
    if (isNamed(stride)) lengths[`${name}Stride${axis}`] = stride;
    if (axis > 0) lengths[`${name}Length${axis}`] = dims[axis] as number;
  });
  return lengths;
}

/** Returns the source of the index into the input for the place `at` of the result. */
function indexOf(name: string, { strides, start }: Reading, at: string): string {
  let inner = '';
  const terms: string[] = [];
  for (let axis = strides.length - 1; axis >= 0; axis--) {
    const stride = strides[axis] as number;
    const length = `${name}Length${axis}`;
    const outer = quotient(at, inner || 1);
    const place = axis === 0 ? outer : residue(outer, length);
    if (stride !== 0) terms.push(times(place, isNamed(stride) ? `${name}Stride${axis}` : 1));
    inner = inner === '' ? length : `${inner} * ${length}`;
  }
  if (start !== 0) terms.push(`${name}Start`);
  return terms.length === 0 ? '0' : terms.join(' + ');
}

/** How an expression gets at one input. */
export interface Reader {
  /** Statements before the first value. */
  readonly before: string;
  /** Source of the value for one lane. */
  value(lane: number): string;
}

/** Returns the source of a reading of the input `name`. */
export function readerOf(name: string, reading: Reading, lanes: Lanes): Reader {
  if (reading.per === 'lane')
    return { before: '', value: (lane) => `${name}[${indexOf(name, reading, elementIndex(lanes, lane))}]` };
  return {
    before: `const ${name}_ = ${name}[${indexOf(name, reading, texelIndex)}];`,
    value: (lane) => (reading.unit === 'texel' ? `${name}_[${lane}]` : `${name}_`),
  };
}
