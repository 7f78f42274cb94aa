import { checkRange } from '../options.ts';
import { blockWords, checkedOffset, type DrawOptions, openStream, writeBlock } from './bits.ts';
import type { RandomKey } from './key.ts';

/** Options of {@link normal} and {@link truncatedNormal}. */
export interface NormalOptions extends DrawOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Of the distribution before truncation, at least 0. Default 1. */
  readonly standardDeviation?: number;
}

const optionNames = ['mean', 'standardDeviation'];

/** Standard normal value of lane 0 … 3 of the block at `position`; lanes 0, 1 and lanes 2, 3 are Box–Muller pairs. */
function boxMuller(words: Uint32Array, position: number, lane: number): number {
  const pair = position + (lane & 2);
  // + 1 keeps the logarithm finite: its argument lies in (0, 1].
  const radius = Math.sqrt(-2 * Math.log((words[pair]! + 1) / 2 ** 32));
  const angle = (2 * Math.PI * words[pair + 1]!) / 2 ** 32;
  return radius * ((lane & 1) === 0 ? Math.cos(angle) : Math.sin(angle));
}

/** Returns standard normal values in full float64 precision. */
export function standardNormal(count: number, key: RandomKey, offset = 0): Float64Array {
  const words = blockWords(openStream(key), count, offset);
  const skip = offset % 4;
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const lane = (skip + i) & 3;
    values[i] = boxMuller(words, skip + i - lane, lane);
  }
  return values;
}

function checkedNormal(where: string, count: number, options: NormalOptions): Required<NormalOptions> {
  const offset = checkedOffset(where, count, options, optionNames);
  const { mean = 0, standardDeviation = 1 } = options;
  checkRange(where, 'mean', mean, -Number.MAX_VALUE);
  checkRange(where, 'standardDeviation', standardDeviation, 0);
  return { mean, standardDeviation, offset };
}

/**
 * Returns normally distributed random numbers `[count]`.
 *
 * Elements 2p and 2p + 1 are a Box–Muller pair of their words a and b of {@link randomBits}: with
 * `r = sqrt(−2 ln((a + 1) / 2^32))` and `φ = 2π b / 2^32` they are `mean + standardDeviation · r cos φ` and
 * `mean + standardDeviation · r sin φ`, computed in float64 and rounded to float32.
 *
 * Source: Box, Muller, "A note on the generation of random normal deviates", 1958.
 *
 * @param count - number of elements, at least 0
 * @throws {@link OptionError} when an argument is out of its range or an option is unknown
 *
 * @example
 * ```ts
 * import { normal } from '@lstm/core';
 *
 * const values = normal(3, { seed: 7, name: 'example' });
 * console.log(Array.from(values, (value) => value.toFixed(4)).join(' ')); // => 0.3297 0.7539 0.3439
 * ```
 */
export function normal(count: number, key: RandomKey, options: NormalOptions = {}): Float32Array {
  const { mean, standardDeviation, offset } = checkedNormal('normal', count, options);
  const values = new Float32Array(count);
  const standard = standardNormal(count, key, offset);
  for (let i = 0; i < count; i++) values[i] = mean + standardDeviation * standard[i]!;
  return values;
}

/**
 * Returns normally distributed random numbers `[count]`, redrawn while they lie more than two standard deviations from the
 * mean, as Keras's `TruncatedNormal`. The result's standard deviation is 0.8796 of the given one.
 *
 * An element that is rejected takes its own value of {@link normal} under the next attempt, the second counter word (0 for the
 * first draw), until one is accepted: no element depends on another.
 *
 * @param count - number of elements, at least 0
 * @throws {@link OptionError} when an argument is out of its range or an option is unknown
 *
 * @example
 * ```ts
 * import { truncatedNormal } from '@lstm/core';
 *
 * const values = truncatedNormal(1000, { seed: 7, name: 'example' }, { standardDeviation: 0.05 });
 * console.log(values.every((value) => Math.abs(value) < 0.1001)); // => true
 * ```
 */
export function truncatedNormal(count: number, key: RandomKey, options: NormalOptions = {}): Float32Array {
  const { mean, standardDeviation, offset } = checkedNormal('truncatedNormal', count, options);
  const stream = openStream(key);
  const standard = standardNormal(count, key, offset);
  const words = new Uint32Array(4);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const element = offset + i;
    let value = standard[i]!;
    for (let attempt = 1; Math.abs(value) > 2; attempt++) {
      writeBlock(words, 0, stream, Math.floor(element / 4), attempt);
      value = boxMuller(words, 0, element % 4);
    }
    values[i] = mean + standardDeviation * value;
  }
  return values;
}
