import { expect, it } from 'vitest';
import { multiplyHigh, philox4x32 } from './philox.ts';

// From the file kat_vectors of Random123 (philox4x32, 10 rounds): counter, key, words.
const knownAnswers = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
] as const;

const parse = (text: string): number[] => text.split(' ').map((word) => Number.parseInt(word, 16));

it.each(knownAnswers)('known answer of counter %s under key %s', (counter, key, expected) => {
  const out = new Uint32Array(6);
  const [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = parse(counter);
  const [k0 = 0, k1 = 0] = parse(key);
  philox4x32(out, 1, c0, c1, c2, c3, k0, k1);
  expect([...out]).toEqual([0, ...parse(expected), 0]);
});

it('multiplyHigh is exact at the edges and at random words', () => {
  const words = new Uint32Array(4 * 250);
  for (let block = 0; block < 250; block++) philox4x32(words, 4 * block, block, 0, 0, 0, 1, 2);
  const edges = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffff0000, 0xfffffffe, 0xffffffff];
  const pairs = [
    ...edges.flatMap((a) => edges.map((b) => [a, b])),
    ...Array.from(words, (a, i) => [a, words[999 - i]]),
  ];
  for (const [a = 0, b = 0] of pairs) {
    expect(multiplyHigh(a, b) >>> 0).toBe(Number((BigInt(a) * BigInt(b)) >> 32n));
  }
});
