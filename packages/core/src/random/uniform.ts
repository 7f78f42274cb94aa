import { OptionError } from '../errors.ts';
import { blockWords, checkedOffset, type DrawOptions, openStream } from './bits.ts';
import type { RandomKey } from './key.ts';

/** Options of {@link uniform}. */
export interface UniformOptions extends DrawOptions {
  /** Lower bound. Default 0. */
  readonly min?: number;
  /** Upper bound. Default 1. */
  readonly max?: number;
}

/**
 * Returns uniform random numbers `[count]` in `[min, max)`.
 *
 * Element e is `min + (max − min) · floor(bits / 2^8) / 2^24` of its word `bits` of {@link randomBits}, computed in float64 and
 * rounded to float32. That rounding can give `max` itself, but not for the default bounds.
 *
 * @param count - number of elements, at least 0
 * @throws {@link OptionError} when an argument is out of its range or an option is unknown
 *
 * @example
 * ```ts
 * import { uniform } from '@lstm/core';
 *
 * const values = uniform(3, { seed: 7, name: 'example' }, { min: -1, max: 1 });
 * console.log(Array.from(values, (value) => value.toFixed(4)).join(' ')); // => 0.4257 -0.6312 0.4799
 * ```
 */
export function uniform(count: number, key: RandomKey, options: UniformOptions = {}): Float32Array {
  const offset = checkedOffset('uniform', count, options, ['min', 'max']);
  const { min = 0, max = 1 } = options;
  if (!(Number.isFinite(max - min) && min <= max)) {
    throw new OptionError(
      'uniform',
      `min is ${String(min)}, max is ${String(max)}.`,
      'Both are finite and min is not above max.',
      'Exchange or correct them.',
    );
  }
  const words = blockWords(openStream(key), count, offset);
  const values = new Float32Array(count);
  const skip = offset % 4;
  const scale = (max - min) / 2 ** 24;
  for (let i = 0; i < count; i++) values[i] = min + scale * (words[skip + i]! >>> 8);
  return values;
}
