import { checkRange } from '../options.ts';
import { blockWords, checkedOffset, type DrawOptions, openStream } from './bits.ts';
import type { RandomKey } from './key.ts';

/**
 * Returns the threshold `floor(rate · 2^32)`, an unsigned 32-bit integer: an element is kept when its word is at least that.
 *
 * @param rate - probability of a zero, in `[0, 1)`
 * @throws {@link OptionError} when the rate is out of its range
 *
 * @example
 * ```ts
 * import { bernoulliThreshold } from '@lstm/core';
 *
 * console.log(bernoulliThreshold(0.2)); // => 858993459
 * ```
 */
export function bernoulliThreshold(rate: number): number {
  return thresholdOf('bernoulliThreshold', rate);
}

function thresholdOf(where: string, rate: number): number {
  checkRange(where, 'rate', rate, 0, 1, true);
  return Math.floor(rate * 2 ** 32);
}

/**
 * Returns a dropout mask `[count]`: 1 with probability `1 − rate`, else 0, not scaled.
 *
 * Element e is `bits >= bernoulliThreshold(rate)`, compared as unsigned integers, of its word `bits` of {@link randomBits}.
 * A backend that draws masks itself gives the same ones bit for bit.
 *
 * @param count - number of elements, at least 0
 * @param rate - probability of a zero, in `[0, 1)`
 * @throws {@link OptionError} when an argument is out of its range or an option is unknown
 *
 * @example
 * ```ts
 * import { bernoulli } from '@lstm/core';
 *
 * console.log(bernoulli(8, 0.5, { seed: 7, name: 'dropout', step: 3 }).join(' ')); // => 0 1 1 0 1 1 0 1
 * ```
 */
export function bernoulli(count: number, rate: number, key: RandomKey, options: DrawOptions = {}): Float32Array {
  const offset = checkedOffset('bernoulli', count, options, []);
  const threshold = thresholdOf('bernoulli', rate);
  const words = blockWords(openStream(key), count, offset);
  const skip = offset % 4;
  const mask = new Float32Array(count);
  for (let i = 0; i < count; i++) mask[i] = words[skip + i]! >= threshold ? 1 : 0;
  return mask;
}
