import { DataError, type HostArray, hostArray } from '@lstm/core';

/** Characters, and the one that follows each of them. */
export interface TextBatch {
  /** Tokens `[readers, steps]`. */
  readonly x: HostArray;
  /** The token after each, `[readers, steps]`. */
  readonly y: HostArray;
}

/** How a text is read. */
export interface Reading {
  /** How many places it is read at, at once: rows of a batch. */
  readonly readers: number;
  /** How many characters each of them goes on in a batch. */
  readonly steps: number;
}

/** Returns what is read from some places of a text on. */
function batchAt(tokens: Int32Array, places: readonly number[], steps: number): TextBatch {
  const [x, y] = [new Int32Array(places.length * steps), new Int32Array(places.length * steps)];
  const last = tokens.length - 1;
  places.forEach((place, row) => {
    for (let step = 0; step < steps; step++) {
      const at = (place + step) % last;
      x[row * steps + step] = tokens[at] as number;
      y[row * steps + step] = tokens[at + 1] as number;
    }
  });
  const shape = [places.length, steps];
  return { x: hostArray(x, shape), y: hostArray(y, shape) };
}

/**
 * Returns batch `index` of an endless reading: readers start evenly spread over the text, and each goes on where it was, at the end
 * from the beginning. So the states that a network carries from one batch to the next are those of the characters before.
 */
export function trainingBatch(tokens: Int32Array, { readers, steps }: Reading, index: number): TextBatch {
  const length = tokens.length - 1;
  const places = Array.from({ length: readers }, (_, row) => Math.floor((row * length) / readers) + index * steps);
  return batchAt(tokens, places, steps);
}

/**
 * Returns the batches of one reading of a text, in the order of the text: all as long as each other, so that every character counts
 * the same in a mean over batches. A few characters at the end of each reader's part may be left out.
 *
 * @throws DataError when the text is too short for as many readers
 */
export function readOnce(tokens: Int32Array, { readers, steps }: Reading): readonly TextBatch[] {
  const part = Math.floor((tokens.length - 1) / readers);
  if (part === 0) {
    const fact = `the text has ${tokens.length} characters.`;
    throw new DataError('generate', fact, `There are ${readers} readers.`, 'Take a longer text or fewer readers.');
  }
  const count = Math.ceil(part / steps);
  const length = Math.floor(part / count);
  return Array.from({ length: count }, (_, index) => {
    const places = Array.from({ length: readers }, (_, row) => row * part + index * length);
    return batchAt(tokens, places, length);
  });
}
