import type { TypedArray } from '@lstm/core';
import { elementBytes, formatError, quoted } from './format.ts';
import type { HeaderEntry } from './header.ts';

/** Returns the values of one tensor: F16 and BF16 as float32, which holds each of them exactly, and I64 as int32. */
export function valuesOf(file: Uint8Array, entry: HeaderEntry): TypedArray {
  const { dtype, begin, end } = entry;
  // Copied, because a file need not be aligned; into a new buffer, because slice of a Node Buffer copies nothing.
  const buffer = new ArrayBuffer(end - begin);
  new Uint8Array(buffer).set(file.subarray(begin, end));
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer);
    case 'F32':
      return new Float32Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case 'BF16':
      // The upper half of a float32.
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
    default:
      dtype satisfies 'I64';
      return Int32Array.from(new BigInt64Array(buffer), (value, i) => {
        if (value === BigInt.asIntN(32, value)) return Number(value);
        const position = begin + i * elementBytes.I64;
        throw formatError(position, `tensor ${quoted(entry.name)} holds ${value}`, 'I64 is read where it fits int32.');
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
