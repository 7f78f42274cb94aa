const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
/** Added to the key after each round: the golden ratio and √3 − 1, times 2³². */
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/**
 * Returns the upper 32 bits of the 64-bit product of two unsigned 32-bit numbers, as a signed 32-bit integer.
 *
 * Exact: the factors are split into halves of 16 bits, so no partial sum passes 2³².
 */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const carry = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}

/**
 * Writes one block of Philox4x32-10 to `out[position … position + 3]`: four unsigned 32-bit words that depend on the
 * counter and the key only.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 *
 * @param counter0 - first of four 32-bit counter words; any sign, the bits count
 * @param key0 - first of two 32-bit key words
 */
export function philox4x32(
  out: Uint32Array,
  position: number,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
): void {
  let c0 = counter0 | 0;
  let c1 = counter1 | 0;
  let c2 = counter2 | 0;
  let c3 = counter3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(c0, multiplier0);
    const high1 = multiplyHigh(c2, multiplier1);
    const low0 = Math.imul(c0, multiplier0);
    const low1 = Math.imul(c2, multiplier1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + weyl0) | 0;
    k1 = (k1 + weyl1) | 0;
  }
  out[position] = c0;
  out[position + 1] = c1;
  out[position + 2] = c2;
  out[position + 3] = c3;
}
