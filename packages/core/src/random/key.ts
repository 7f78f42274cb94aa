import { describeValue } from '../describe-value.ts';
import { OptionError } from '../errors.ts';
import { checkOptions } from '../options.ts';

/** Which random numbers to draw: the same key gives the same numbers on every machine, in any order of the draws. */
export interface RandomKey {
  /** The one number that a user chooses, an integer in `[0, 2^53)`. */
  readonly seed: number;
  /** What the numbers are for, such as `lstm/recurrentKernel`. Draws for different purposes need different names. */
  readonly name: string;
  /** Training step or epoch, an integer in `[0, 2^53)`. Default 0. */
  readonly step?: number;
}

const fnvPrime = 0x100000001b3n;
const fnvBasis = 0xcbf29ce484222325n;

/** Murmur3's 64-bit finalizer: a bijection in which every bit of the input changes every bit of the result. */
function mix(value: bigint): bigint {
  let bits = value ^ (value >> 33n);
  bits = BigInt.asUintN(64, bits * 0xff51afd7ed558ccdn);
  bits ^= bits >> 33n;
  bits = BigInt.asUintN(64, bits * 0xc4ceb9fe1a85ec53n);
  return bits ^ (bits >> 33n);
}

function checkWhole(option: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new OptionError(
    'random',
    `${option} is ${describeValue(value)}.`,
    `${option} is an integer in [0, 2^53).`,
    `Write for example ${option}: 7.`,
  );
}

/**
 * Returns the 64-bit Philox key of a stream as two unsigned 32-bit words, low word first.
 *
 * The mapping is fixed, so that saved seeds keep their meaning: with `mix` = Murmur3's `fmix64`, the state starts as
 * `mix(seed) xor` the 64-bit FNV offset basis, takes the UTF-16 code units of `name` (low byte, high byte) by FNV-1a, and is
 * mixed once more. Every step is a bijection, so for one name different seeds never share a key.
 *
 * @param seed - integer in `[0, 2^53)`
 * @param name - name of the parameter or layer
 * @throws {@link OptionError} when the seed is not such an integer or the name is no text
 *
 * @example
 * ```ts
 * import { philoxKey } from '@lstm/core';
 *
 * console.log(philoxKey(7, 'lstm/kernel').join(' ')); // => 3306506629 934275588
 * ```
 */
export function philoxKey(seed: number, name: string): readonly [number, number] {
  checkWhole('seed', seed);
  if (typeof name !== 'string') {
    const fix = "Write for example name: 'dropout'.";
    throw new OptionError('random', `name is ${describeValue(name)}.`, 'A name says what the numbers are for.', fix);
  }
  let hash = mix(BigInt(seed)) ^ fnvBasis;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    hash = BigInt.asUintN(64, (hash ^ BigInt(unit & 0xff)) * fnvPrime);
    hash = BigInt.asUintN(64, (hash ^ BigInt(unit >> 8)) * fnvPrime);
  }
  const key = mix(hash);
  return [Number(key & 0xffffffffn), Number(key >> 32n)];
}

/** Returns the step of a key after checking the key. */
export function checkedStep(key: RandomKey): number {
  if (typeof key !== 'object' || key === null) {
    const rule = 'A key says which random numbers to draw: the same key gives the same numbers.';
    throw new OptionError(
      'random',
      `the key is ${describeValue(key)}.`,
      rule,
      "Write for example { seed: 7, name: 'noise' }.",
    );
  }
  checkOptions('random', key, ['seed', 'name', 'step']);
  const step = key.step ?? 0;
  checkWhole('step', step);
  return step;
}
