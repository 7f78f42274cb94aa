/** Returns the source of `expression / n` for whole numbers ≥ 0. */
export function quotient(expression: string, n: number): string {
  return n === 1 ? expression : `quotient(${expression}, ${n})`;
}

/** Returns the source of the remainder of `expression` by `n`. */
export function residue(expression: string, n: number): string {
  return n === 1 ? '0' : `residue(${expression}, ${n})`;
}

/** Returns the source of `factor · expression`; nothing is multiplied by 1. */
export function times(expression: string, factor: number): string {
  return factor === 1 ? expression : `${expression} * ${factor}`;
}

/** Which elements of an input a kernel visits as it walks over its result. */
export interface Walk {
  /** Lengths of the axes, outermost first. */
  readonly dims: readonly number[];
  /** For each axis how far apart neighbours lie in the input; 0 repeats, negative walks back. */
  readonly strides: readonly number[];
  /** Where the walk starts in the input. */
  readonly start: number;
}

/** Returns the walk with axes of length 1 left out and neighbours joined that are walked through without a gap. */
export function joinAxes({ dims, strides, start }: Walk): Walk {
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

/** Returns the source of the index into the input for the element `at` of the result. */
export function walkIndex({ dims, strides, start }: Walk, at: string): string {
  let inner = 1;
  const terms: string[] = [];
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const [length, stride] = [dims[axis] as number, strides[axis] as number];
    const outer = quotient(at, inner);
    if (stride !== 0) terms.push(times(axis === 0 ? outer : residue(outer, length), stride));
    inner *= length;
  }
  if (start !== 0 || terms.length === 0) terms.push(String(start));
  return terms.join(' + ');
}

/** Returns the walk over texels of four elements where the walk over elements never leaves a texel in between. */
export function walkTexels({ dims, strides, start }: Walk): Walk | undefined {
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

/** Returns a short text that tells apart the sources of walks; the length of the first axis is in none. */
export function walkKey({ dims, strides, start }: Walk): string {
  return `${dims.slice(1).join('x')}:${strides.join(',')}+${start}`;
}
