import { describeValue } from './describe-value.ts';
import { OptionError } from './errors.ts';

/** Edit distance of two short words (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** A name without what is written in one way or another: case, underscores, dashes. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Whether a few letters stand for a long name, as `lr` does for `learningrate`: they come in it in order, the first one first. */
function abbreviates(letters: string, name: string): boolean {
  if (letters.length < 2 || letters.length > 4 || 2 * letters.length > name.length || letters[0] !== name[0])
    return false;
  let at = -1;
  return [...letters].every((letter) => {
    at = name.indexOf(letter, at + 1);
    return at >= 0;
  });
}

/** How far a plain name is from a valid one; 0 where they are the same. */
function distanceOf(given: string, valid: string): number {
  if (given === valid) return 0;
  // Whoever writes the beginning of a name, a word of it, or more than it, means that name.
  const words = Math.min(given.length, valid.length) > 2 && (valid.includes(given) || given.includes(valid));
  if (words || (given.length > 1 && valid.startsWith(given))) return 0.5;
  const distance = editDistance(given, valid);
  return abbreviates(given, valid) ? Math.min(distance, 1.5) : distance;
}

/**
 * Returns the name in `allowed` that is spelled most like `name` or that `name` abbreviates, `undefined` where there is none.
 *
 * @example
 * ```ts
 * import { nearestName } from '@lstm/core';
 *
 * console.log(nearestName('return_sequence', ['units', 'returnSequences'])); // => returnSequences
 * console.log(nearestName('lr', ['epsilon', 'learningRate'])); // => learningRate
 * ```
 */
export function nearestName(name: string, allowed: readonly string[]): string | undefined {
  const given = plain(name);
  let best: string | undefined;
  // Names further away share letters by chance; of two letters one has to stay.
  let bestDistance = given.length < 3 ? 1.5 : Math.max(2, Math.ceil(given.length / 3));
  for (const candidate of allowed) {
    const distance = distanceOf(given, plain(candidate));
    if (distance < bestDistance || (best === undefined && distance === bestDistance)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** What options of other libraries are called here. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  dim: ['axes', 'axis'],
  keepdim: ['keepAxes'],
  hiddensize: ['units'],
  outfeatures: ['units'],
};

function synonymOf(name: string): readonly string[] | undefined {
  return Object.hasOwn(synonyms, plain(name)) ? synonyms[plain(name)] : undefined;
}

/** What to do here instead of what other libraries call `name`, where that is known; spelling does not count. */
function adviceFor(name: string, elsewhere: Readonly<Record<string, string>>): string | undefined {
  return Object.entries(elsewhere).find(([each]) => plain(each) === plain(name))?.[1];
}

/**
 * Throws unless every key of `options` is one of `allowed`: an unknown option is never ignored.
 *
 * @param where - the function or layer whose options these are
 * @param elsewhere - what to do here instead of options that other libraries have, by their names there
 * @throws {@link OptionError} that names the unknown option, a valid one that is spelled nearly so and all valid ones
 *
 * @example
 * ```ts
 * import { checkOptions } from '@lstm/core';
 *
 * try {
 *   checkOptions('myLayer', { unit: 3 }, ['units', 'activation']);
 * } catch (error) {
 *   console.log(error instanceof Error && error.message);
 *   // => [myLayer] option unit is unknown. Options are units, activation. Did you mean units?
 * }
 * ```
 */
export function checkOptions(
  where: string,
  options: object,
  allowed: readonly string[],
  elsewhere: Readonly<Record<string, string>> = {},
): void {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(
      where,
      `the options are ${describeValue(options)}.`,
      'Options are an object.',
      'Write { … }.',
    );
  }
  for (const key of Object.keys(options)) {
    if (allowed.includes(key)) continue;
    const nearest = nearestName(key, allowed) ?? synonymOf(key)?.find((name) => allowed.includes(name));
    const fix = nearest === undefined ? `Remove ${key}.` : `Did you mean ${nearest}?`;
    throw new OptionError(
      where,
      `option ${key} is unknown.`,
      allowed.length === 0 ? 'It takes no options.' : `Options are ${allowed.join(', ')}.`,
      adviceFor(key, elsewhere) ?? fix,
    );
  }
}

/**
 * Returns `value` when it is one of `allowed`.
 *
 * @param elsewhere - what to do here instead of values that other libraries have, by their names there
 * @throws {@link OptionError} that names the valid values
 *
 * @example
 * ```ts
 * import { checkChoice } from '@lstm/core';
 *
 * console.log(checkChoice('myLayer', 'mode', 'sum', ['sum', 'mean'])); // => sum
 * ```
 */
export function checkChoice<T extends string>(
  where: string,
  option: string,
  value: T,
  allowed: readonly T[],
  elsewhere: Readonly<Record<string, string>> = {},
): T {
  if (allowed.includes(value)) return value;
  const nearest = nearestName(String(value), allowed);
  throw new OptionError(
    where,
    `${option} is ${describeValue(value)}.`,
    `It is one of ${allowed.join(', ')}.`,
    adviceFor(String(value), elsewhere) ?? (nearest === undefined ? 'Use one of them.' : `Did you mean '${nearest}'?`),
  );
}

/**
 * Throws unless `value` is an integer of at least `minimum`.
 *
 * @throws {@link OptionError}
 *
 * @example
 * ```ts
 * import { checkInteger } from '@lstm/core';
 *
 * try {
 *   checkInteger('myLayer', 'units', 2.5);
 * } catch (error) {
 *   console.log(error instanceof Error && error.message);
 *   // => [myLayer] units is 2.5. units is an integer of at least 1. Write for example units: 3.
 * }
 * ```
 */
export function checkInteger(where: string, option: string, value: number, minimum = 1): void {
  if (Number.isInteger(value) && value >= minimum) return;
  const near = Math.round(Number(value));
  throw new OptionError(
    where,
    `${option} is ${describeValue(value)}.`,
    `${option} is an integer of at least ${minimum}.`,
    `Write for example ${option}: ${Number.isSafeInteger(near) && near >= minimum ? near : minimum}.`,
  );
}

/**
 * Throws unless `value` is a function.
 *
 * @throws {@link OptionError}
 *
 * @example
 * ```ts
 * import { checkFunction } from '@lstm/core';
 *
 * try {
 *   checkFunction('repeat', 'body', 3);
 * } catch (error) {
 *   console.log(error instanceof Error && error.message);
 *   // => [repeat] body is 3. body is a function. Write for example () => ….
 * }
 * ```
 */
export function checkFunction(where: string, name: string, value: unknown): void {
  if (typeof value === 'function') return;
  const fact = `${name} is ${describeValue(value)}.`;
  throw new OptionError(where, fact, `${name} is a function.`, 'Write for example () => ….');
}

/**
 * Throws unless `value` is true, false or absent.
 *
 * @throws {@link OptionError}
 *
 * @example
 * ```ts
 * import { checkBoolean } from '@lstm/core';
 *
 * try {
 *   checkBoolean('myLayer', 'useBias', 'no');
 * } catch (error) {
 *   console.log(error instanceof Error && error.message);
 *   // => [myLayer] useBias is "no". useBias is true or false. Write for example useBias: true.
 * }
 * ```
 */
export function checkBoolean(where: string, option: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new OptionError(
    where,
    `${option} is ${describeValue(value)}.`,
    `${option} is true or false.`,
    `Write for example ${option}: true.`,
  );
}

/**
 * Throws unless `value` is a finite number within `[minimum, maximum]` (`maximum` excluded when `open`). A minimum of
 * `Number.MIN_VALUE` reads as above 0, and one of `Number.MIN_SAFE_INTEGER` as none.
 *
 * @throws {@link OptionError}
 *
 * @example
 * ```ts
 * import { checkRange } from '@lstm/core';
 *
 * try {
 *   checkRange('myLayer', 'rate', 1, 0, 1, true);
 * } catch (error) {
 *   console.log(error instanceof Error && error.message);
 *   // => [myLayer] rate is 1. rate is a number in [0, 1). Change rate.
 * }
 * ```
 */
export function checkRange(
  where: string,
  option: string,
  value: number,
  minimum: number,
  maximum: number = Number.POSITIVE_INFINITY,
  open = false,
): void {
  if (Number.isFinite(value) && value >= minimum && (open ? value < maximum : value <= maximum)) return;
  const positive = minimum === Number.MIN_VALUE;
  const above =
    minimum <= Number.MIN_SAFE_INTEGER ? 'finite number' : `number ${positive ? 'above 0' : `at least ${minimum}`}`;
  const between = `number in ${positive ? '(0' : `[${minimum}`}, ${maximum}${open ? ')' : ']'}`;
  throw new OptionError(
    where,
    `${option} is ${describeValue(value)}.`,
    `${option} is a ${maximum === Number.POSITIVE_INFINITY ? above : between}.`,
    `Change ${option}.`,
  );
}
