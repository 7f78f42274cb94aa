import { OptionError } from '@lstm/core';
import { prototypeName } from '../safetensors/format.ts';
import { keys, modelError } from './format.ts';

/**
 * Returns `value` as JSON from which it can be read again unchanged. `JSON.stringify` alone would write NaN as null, a Map as {},
 * and leave functions out, without a word.
 *
 * @param name - what `value` is, for errors: `extra`
 * @throws OptionError that names the place of what JSON cannot hold
 */
export function toJson(name: string, value: unknown): string {
  check(name, value, []);
  return JSON.stringify(value);
}

function check(place: string, value: unknown, above: readonly unknown[]): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (typeof value === 'number' || value === undefined) throw refusal(place, String(value));
  if (typeof value !== 'object') throw refusal(place, `a ${typeof value}`);
  if (above.includes(value)) throw refusal(place, 'part of itself');
  const around = [...above, value];
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) check(`${place}[${i}]`, item, around);
    return;
  }
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag !== 'Object') throw refusal(place, `a ${tag}`);
  for (const [key, item] of Object.entries(value)) {
    if (key === prototypeName) throw refusal(`${place}.${key}`, 'a name that is not read again');
    // A property that is undefined is read again as one that is missing, which JavaScript's options mean the same by.
    if (item !== undefined) check(`${place}.${key}`, item, around);
  }
}

function refusal(place: string, found: string): OptionError {
  return new OptionError(
    'saveModel',
    `${place} is ${found}.`,
    'It is written as JSON: text, finite numbers, true, false, null, lists and plain objects of them.',
    'Convert it first, a typed array for example with Array.from.',
  );
}

/**
 * Returns the value of one key of a file's metadata, or undefined when the file has no such key.
 *
 * @throws FormatError when it is not JSON
 */
export function readJson(where: string, metadata: Readonly<Record<string, string>>, key: keyof typeof keys): unknown {
  const text = metadata[keys[key]];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text, (name, value: unknown) => {
      if (name === prototypeName) throw new SyntaxError(`the name ${prototypeName} stands in it`);
      return value;
    });
  } catch (cause) {
    throw modelError(
      where,
      `${keys[key]} in the file is not usable (${cause instanceof Error ? cause.message : String(cause)}).`,
      'It is JSON.',
      'Save the model again with saveModel.',
      cause,
    );
  }
}
