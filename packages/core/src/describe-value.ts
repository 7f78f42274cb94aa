const longest = 60;
const longestList = 8;
const deepestList = 3;

function withArticle(name: string): string {
  return `${/^[AEIO]/i.test(name) ? 'an' : 'a'} ${name}`;
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

function describeList(values: readonly unknown[], depth: number): string {
  if (values.length <= longestList && depth < deepestList) {
    const text = `[${values.map((value) => describeAt(value, depth + 1)).join(', ')}]`;
    if (text.length <= longest) return text;
  }
  return `a list of ${values.length.toLocaleString('en-US')}`;
}

function describeObject(value: object): string {
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  if (ArrayBuffer.isView(value) && 'length' in value) {
    return `${withArticle(String(name))} of ${Number(value.length).toLocaleString('en-US')}`;
  }
  if (typeof name === 'string' && name !== 'Object' && name !== '') return withArticle(name);
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an empty object' : cut(`an object with ${keys.join(', ')}`);
}

function describeAt(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(cut(value));
    case 'bigint':
      return 'a BigInt';
    case 'function':
      return 'a function';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? describeList(value, depth) : describeObject(value);
    default:
      return String(value);
  }
}

/**
 * Returns what a value of the user's is, for messages: a short value itself, of another its type and size.
 *
 * @example
 * ```ts
 * import { describeValue } from '@lstm/core';
 *
 * console.log(describeValue('3'), describeValue([1, null])); // => "3" [1, null]
 * console.log(describeValue(new Uint8Array(1e6))); // => a Uint8Array of 1,000,000
 * ```
 */
export function describeValue(value: unknown): string {
  return describeAt(value, 0);
}
