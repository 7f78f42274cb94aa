import type { TypedArray } from '@lstm/core';
import { elementBytes, formatError, quoted } from './format.ts';
import type { HeaderEntry } from './header.ts';

/** Gives the values of one tensor of a file. */
export type ReadValues = (file: Uint8Array, entry: HeaderEntry) => TypedArray;

/** Copies the values of one tensor out of the file: F16 and BF16 as float32, which holds each of them exactly, and I64 as int32. */
export const copiedValues: ReadValues = (file, entry) => {
  const { begin, end } = entry;
  // Into a new buffer, because slice of a Node Buffer copies nothing.
  const buffer = new ArrayBuffer(end - begin);
  new Uint8Array(buffer).set(file.subarray(begin, end));
  return decoded(buffer, 0, entry);
};

/** Like {@link copiedValues}, but a window on the bytes of the file where they are aligned: for what is read at once, and not kept. */
export const viewedValues: ReadValues = (file, entry) => {
  const { buffer, byteOffset } = file;
  const position = byteOffset + entry.begin;
  const aligned = buffer instanceof ArrayBuffer && position % elementBytes[entry.dtype] === 0;
  return aligned ? decoded(buffer, position, entry) : copiedValues(file, entry);
};

/** Reads one tensor that begins at an aligned byte of a buffer. */
function decoded(buffer: ArrayBuffer, position: number, entry: HeaderEntry): TypedArray {
  const { dtype, begin, end } = entry;
  const length = (end - begin) / elementBytes[dtype];
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer, position, length);
    case 'F32':
      return new Float32Array(buffer, position, length);
    case 'I32':
      return new Int32Array(buffer, position, length);
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer, position, length), halfToNumber);
    case 'BF16':
      // The upper half of a float32.
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer, position, length), (bits) => bits << 16).buffer);
    default:
      dtype satisfies 'I64';
      return Int32Array.from(new BigInt64Array(buffer, position, length), (value, i) => {
        if (value === BigInt.asIntN(32, value)) return Number(value);
        throw formatError(
          begin + i * elementBytes.I64,
          `tensor ${quoted(entry.name)} holds ${value}`,
          'I64 is read where it fits int32.',
        );
      });
  }
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 bits of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
