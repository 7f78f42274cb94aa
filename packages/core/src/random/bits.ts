import type { BernoulliKey } from '../backend/types.ts';
import { OptionError } from '../errors.ts';
import { checkInteger, checkOptions } from '../options.ts';
import { checkedStep, philoxKey, type RandomKey } from './key.ts';
import { philox4x32 } from './philox.ts';

/** Where a draw starts. */
export interface DrawOptions {
  /** Index of the first element, so that parts of a long draw can be made apart. Default 0. */
  readonly offset?: number;
}

/** The counter has 32 bits for the block, and a block has four elements. */
const mostElements = 2 ** 34;

/** Returns what a backend needs to draw the same words; checks the key. */
export function openStream(key: RandomKey): BernoulliKey {
  return { step: checkedStep(key), key: philoxKey(key.seed, key.name) };
}

/**
 * Writes the four words of one block. `attempt` numbers the redraws of rejected elements: 0 is the first draw.
 *
 * Counter: `[block, attempt, step mod 2^32, floor(step / 2^32)]`.
 */
export function writeBlock(
  out: Uint32Array,
  position: number,
  stream: BernoulliKey,
  block: number,
  attempt: number,
): void {
  const { key, step } = stream;
  philox4x32(out, position, block, attempt, step, Math.floor(step / 2 ** 32), key[0], key[1]);
}

/** Returns the words of all whole blocks that hold elements `offset … offset + count − 1`. */
export function blockWords(stream: BernoulliKey, count: number, offset: number): Uint32Array {
  const firstBlock = Math.floor(offset / 4);
  const blocks = Math.ceil((offset + count) / 4) - firstBlock;
  const words = new Uint32Array(4 * blocks);
  for (let i = 0; i < blocks; i++) writeBlock(words, 4 * i, stream, firstBlock + i, 0);
  return words;
}

/** Checks count and offset; returns the offset. */
export function checkedOffset(where: string, count: number, options: DrawOptions, names: readonly string[]): number {
  checkOptions(where, options, [...names, 'offset']);
  const offset = options.offset ?? 0;
  checkInteger(where, 'count', count, 0);
  checkInteger(where, 'offset', offset, 0);
  if (offset + count <= mostElements) return offset;
  throw new OptionError(
    where,
    `the draw ends at element ${offset + count}.`,
    'One key has 2^34 elements at each step.',
    'Draw under several names.',
  );
}

/**
 * Returns raw random words `[count]`, uniform over the unsigned 32-bit integers: the stream that every other draw reads.
 *
 * Element e is lane `e mod 4` of the Philox4x32-10 block with the key `philoxKey(seed, name)` and the counter
 * `[floor(e / 4), 0, step mod 2^32, floor(step / 2^32)]`, so it does not depend on how a draw is split.
 *
 * @param count - number of elements, at least 0
 * @throws {@link OptionError} when an argument is out of its range or an option is unknown
 *
 * @example
 * ```ts
 * import { randomBits } from '@lstm/core';
 *
 * const key = { seed: 7, name: 'example' };
 * console.log(randomBits(3, key).join(' ')); // => 3061616012 791917876 3178077913
 * console.log(randomBits(1, key, { offset: 2 }).join(' ')); // => 3178077913
 * ```
 */
export function randomBits(count: number, key: RandomKey, options: DrawOptions = {}): Uint32Array {
  const offset = checkedOffset('randomBits', count, options, []);
  const skip = offset % 4;
  return blockWords(openStream(key), count, offset).subarray(skip, skip + count);
}
