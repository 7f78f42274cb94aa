import type { BernoulliKey } from '../backend/types.ts';
import { blockWords, checkedOffset, openStream, writeBlock } from './bits.ts';
import type { RandomKey } from './key.ts';

/** Returns an unbiased integer in `[0, bound)` for one element: words of the incomplete last range are redrawn. */
function below(bound: number, first: number, stream: BernoulliKey, element: number, scratch: Uint32Array): number {
  const usable = 2 ** 32 - (2 ** 32 % bound);
  let word = first;
  for (let attempt = 1; word >= usable; attempt++) {
    writeBlock(scratch, 0, stream, Math.floor(element / 4), attempt);
    word = scratch[element % 4]!;
  }
  return word % bound;
}

/**
 * Returns the numbers `0 … count − 1` in random order `[count]`, every order equally likely up to the 64 bits of the key.
 *
 * Fisher–Yates from the last place to the first: place i is exchanged with place `bits mod (i + 1)`, where `bits` is word i of
 * {@link randomBits}; words at or above the largest multiple of i + 1 up to 2^32 are redrawn under the next attempt, as in
 * {@link truncatedNormal}.
 *
 * Source: Durstenfeld, "Algorithm 235: Random permutation", 1964.
 *
 * @param count - number of elements, at least 0
 * @throws {@link OptionError} when an argument is out of its range
 *
 * @example
 * ```ts
 * import { permutation } from '@lstm/core';
 *
 * console.log(permutation(6, { seed: 7, name: 'shuffle', step: 0 }).join(' ')); // => 0 2 1 3 4 5
 * ```
 */
export function permutation(count: number, key: RandomKey): Int32Array {
  checkedOffset('permutation', count, {}, []);
  const stream = openStream(key);
  const words = blockWords(stream, count, 0);
  const scratch = new Uint32Array(4);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1, words[i]!, stream, i, scratch);
    const last = order[i]!;
    order[i] = order[j]!;
    order[j] = last;
  }
  return order;
}
