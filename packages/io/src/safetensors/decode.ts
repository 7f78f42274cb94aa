import type { HostArray } from '@lstm/core';
import { checkBytes } from '../bytes.ts';
import type { SafetensorsFile } from './format.ts';
import { readHeader } from './header.ts';
import { copiedValues, type ReadValues } from './values.ts';

/**
 * Returns what a safetensors file holds, copied out of `bytes`.
 *
 * F32, I32 and F64 are read as they are, F16 and BF16 as float32, I64 as int32. The file may come from anywhere: every number in
 * its header is checked against the bytes that are there before it is used.
 *
 * @param bytes - the whole file
 * @throws FormatError that names the byte and the rule of the format that is broken there: a header that is cut off, too
 * long or not JSON in UTF-8, a name that stands twice or is `__proto__`, another dtype, a shape that does not fit its bytes,
 * tensors that overlap, leave gaps or lie outside, an I64 value beyond 32 bits
 * @throws OptionError when `bytes` is not a Uint8Array
 *
 * @example
 * ```ts
 * import { FormatError } from '@lstm/core';
 * import { decodeSafetensors } from '@lstm/io';
 *
 * try {
 *   decodeSafetensors(Uint8Array.of(1, 2, 3));
 * } catch (error) {
 *   if (error instanceof FormatError) console.log(error.message);
 * }
 * // => [decodeSafetensors] byte 3: the file ends. It starts with 8 bytes that give the header's length. Check that this is a whole .safetensors file, or save it again.
 * ```
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  return readSafetensors(bytes, copiedValues);
}

/** Returns what a safetensors file holds, the tensors as `read` gives them. */
export function readSafetensors(bytes: Uint8Array, read: ReadValues): SafetensorsFile {
  checkBytes('decodeSafetensors', bytes);
  const { entries, metadata } = readHeader(bytes);
  const tensors: Record<string, HostArray> = Object.create(null);
  for (const entry of entries) tensors[entry.name] = { data: read(bytes, entry), shape: entry.shape };
  return { tensors, metadata };
}
