import { randomBits } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { bitsPerCharacter, fitNgram } from './ngram.ts';

/** Tokens of which every third is the sum of the two before, and the others are drawn. */
function pattern(length: number, seed: number): Int32Array {
  const bits = randomBits(length, { seed, name: 'pattern', step: 0 });
  const tokens = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    tokens[i] = i % 3 === 2 ? ((tokens[i - 1] ?? 0) + (tokens[i - 2] ?? 0)) % 4 : (bits[i] ?? 0) % 4;
  }
  return tokens;
}

describe('a 5-gram', () => {
  const tokens = pattern(3000, 1);
  const model = fitNgram(tokens, 5, 6);

  it.each([
    ['after a context that was seen', tokens.slice(100, 105)],
    ['after one that was not', Int32Array.of(5, 5, 5, 5, 5)],
    ['after half of one', Int32Array.of(5, 4, 1, 2, 0)],
    ['at the start', Int32Array.of(0)],
  ])('gives every token a probability, 1 in sum: %s', (_, sequence) => {
    const last = sequence.length - 1;
    const probabilities = Array.from({ length: 6 }, (_, token) =>
      model.probability(Int32Array.from(sequence).fill(token, last), last),
    );
    expect(Math.min(...probabilities)).toBeGreaterThan(0);
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
  });

  it('finds what there is to find: two of three tokens are drawn, with 2 bits each', () => {
    const bits = bitsPerCharacter(model, pattern(3000, 2));
    expect(bits).toBeGreaterThan(4 / 3);
    expect(bits).toBeLessThan(1.75);
    expect(bitsPerCharacter(fitNgram(tokens, 1, 6), pattern(3000, 2))).toBeGreaterThan(1.95);
  });

  it('holds rare tokens likely where they were seen after many others', () => {
    // "3" always follows 2; 4 follows 0, 1 and 2: Kneser and Ney take 4 for the likelier one after something new.
    const text = Int32Array.of(0, 4, 1, 4, 2, 4, 2, 3, 2, 3, 2, 3, 2, 3);
    const bigram = fitNgram(text, 2, 6);
    expect(bigram.probability(Int32Array.of(5, 4), 1)).toBeGreaterThan(bigram.probability(Int32Array.of(5, 3), 1));
  });
});
