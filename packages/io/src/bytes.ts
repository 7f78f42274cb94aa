import { describeValue, OptionError } from '@lstm/core';

/** What to do with what is often given for the bytes of a file. */
function fixOf(value: unknown): string {
  if (typeof value === 'string')
    return 'Read the file first: await readFile(path). For text: new TextEncoder().encode(text).';
  if (typeof (Object(value) as { readonly then?: unknown }).then === 'function') return 'Write await before it.';
  return 'Wrap an ArrayBuffer: new Uint8Array(buffer).';
}

/**
 * Throws unless `value` is a Uint8Array, of whatever realm: Node's Buffers in a test runner are of another one.
 *
 * @throws OptionError
 */
export function checkBytes(where: string, value: unknown): void {
  if (ArrayBuffer.isView(value) && Reflect.get(value, Symbol.toStringTag) === 'Uint8Array') return;
  throw new OptionError(where, `bytes is ${describeValue(value)}.`, 'A file is a Uint8Array.', fixOf(value));
}
