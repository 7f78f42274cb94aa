import type { TypedArray } from './dtype.ts';
import { DataError } from './errors.ts';
import type { Shape } from './shape.ts';

/** A value of host data, and where it lies. */
export interface Spot {
  readonly value: number;
  readonly position: number;
}

/** What host data are as indices. */
export interface IndexFacts {
  /** The first value that is no int32. */
  readonly stray?: Spot;
  /** The ends of the range of data that have no stray. */
  readonly ends: readonly Spot[];
}

/** Returns what values are as indices, and where they may be some; a stray in what are none comes early. */
export function indexFactsOf(data: TypedArray, shape: Shape): IndexFacts | undefined {
  // Features in time are no indices, and where they are one-hot it would take long to find no stray.
  if (data.length === 0 || (shape.length > 2 && shape.at(-1) !== 1)) return undefined;
  const first = data[0] as number;
  let [low, high] = [first, first];
  let [lowAt, highAt] = [0, 0];
  for (let position = 0; position < data.length; position++) {
    const value = data[position] as number;
    if ((value | 0) !== value) return { stray: { value, position }, ends: [] };
    if (value < low) {
      low = value;
      lowAt = position;
    } else if (value > high) {
      high = value;
      highAt = position;
    }
  }
  return {
    ends: [
      { value: low, position: lowAt },
      { value: high, position: highAt },
    ],
  };
}

/** Returns `[3][1]` for a flat position. */
export function formatPosition(position: number, shape: Shape): string {
  let [text, rest] = ['', position];
  for (const length of shape.toReversed()) {
    text = `[${rest % length}]${text}`;
    rest = Math.floor(rest / length);
  }
  return text;
}

/**
 * Returns values as int32.
 *
 * @throws DataError when one is none
 */
export function int32Of(where: string, data: TypedArray, shape: Shape): Int32Array {
  const result = Int32Array.from(data);
  const position = data.findIndex((value, i) => result[i] !== value);
  if (position < 0) return result;
  throw new DataError(
    where,
    `the value${shape.length === 0 ? '' : ` at ${formatPosition(position, shape)}`} is ${data[position]}.`,
    'An int32 is a whole number from −2³¹ to 2³¹ − 1.',
    "Round the values before, or use dtype 'float32'.",
  );
}
