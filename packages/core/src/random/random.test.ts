// Draws against numpy (vectors/generate.py), their moments, and what must not change them.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import {
  bernoulli,
  bernoulliThreshold,
  normal,
  permutation,
  philoxKey,
  type RandomKey,
  randomBits,
  truncatedNormal,
  uniform,
} from './index.ts';

interface Draw {
  readonly key: RandomKey;
  readonly offset: number;
  readonly values: readonly number[];
}
interface Vectors {
  readonly keys: readonly (RandomKey & { readonly words: readonly number[] })[];
  readonly bits: readonly Draw[];
  readonly normal: readonly Draw[];
  readonly truncatedNormal: readonly Draw[];
  readonly permutation: readonly Omit<Draw, 'offset'>[];
  readonly longPermutation: readonly { readonly key: RandomKey; readonly count: number; readonly sum: number }[];
}
const vectors = JSON.parse(readFileSync(new URL('vectors/random.json', import.meta.url), 'utf8')) as Vectors;

const key: RandomKey = { seed: 11, name: 'layer/kernel', step: 2 };

/** Mean, variance, skewness and excess kurtosis. */
function moments(values: ArrayLike<number>): [number, number, number, number] {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  const central = (power: number): number =>
    list.reduce((sum, value) => sum + (value - mean) ** power, 0) / list.length;
  const variance = central(2);
  return [mean, variance, central(3) / variance ** 1.5, central(4) / variance ** 2 - 3];
}

/** Pearson's statistic of counts that should be equal. */
function chiSquare(counts: readonly number[], expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], relative: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(relative * Math.abs(value));
  });
}

describe('numpy computes the same', () => {
  it.each(vectors.keys)('key of seed $seed and name $name', ({ seed, name, words }) => {
    expect(philoxKey(seed, name)).toEqual(words);
  });
  it.each(vectors.bits)('bits from element $offset, the uniform numbers and masks made of them', (draw) => {
    const { values, offset } = draw;
    expect([...randomBits(values.length, draw.key, { offset })]).toEqual(values);
    const numbers = uniform(values.length, draw.key, { offset, min: -3, max: 5 });
    expect([...numbers]).toEqual(values.map((bits) => Math.fround(-3 + (8 * Math.floor(bits / 256)) / 2 ** 24)));
    const mask = bernoulli(values.length, 0.3, draw.key, { offset });
    expect([...mask]).toEqual(values.map((bits) => (bits >= Math.floor(0.3 * 2 ** 32) ? 1 : 0)));
  });
  it.each(vectors.normal)('normal from element $offset', (draw) => {
    const { values, offset } = draw;
    expectClose(normal(values.length, draw.key, { offset }), values, 1e-7);
  });
  it.each(vectors.truncatedNormal)('truncatedNormal from element $offset', (draw) => {
    const { values, offset } = draw;
    expectClose(truncatedNormal(values.length, draw.key, { offset }), values, 1e-7);
  });
  it.each(vectors.permutation)('permutation of $values.length', (draw) => {
    expect([...permutation(draw.values.length, draw.key)]).toEqual(draw.values);
  });
  it.each(vectors.longPermutation)('permutation of $count with redrawn words', (draw) => {
    const order = permutation(draw.count, draw.key);
    expect(order.reduce((sum, value, i) => sum + value * (i % 1009), 0)).toBe(draw.sum);
    expect(new Set(order).size).toBe(draw.count);
  });
});

describe('a draw does not depend on how it is split', () => {
  const draws = {
    randomBits: (count: number, offset: number) => randomBits(count, key, { offset }),
    uniform: (count: number, offset: number) => uniform(count, key, { offset, min: 1, max: 4 }),
    normal: (count: number, offset: number) => normal(count, key, { offset, mean: 2 }),
    truncatedNormal: (count: number, offset: number) => truncatedNormal(count, key, { offset, standardDeviation: 3 }),
    bernoulli: (count: number, offset: number) => bernoulli(count, 0.4, key, { offset }),
  };
  it.each(Object.entries(draws))('%s', (_, draw) => {
    const whole = draw(101, 0);
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [1, 3],
      [3, 4],
      [2, 50],
      [5, 101],
      [97, 100],
    ] as const) {
      expect([...draw(to - from, from)]).toEqual([...whole.subarray(from, to)]);
    }
  });
  it('up to the last of 2^34 elements', () => {
    const end = randomBits(5, key, { offset: 2 ** 34 - 5 });
    expect([...randomBits(1, key, { offset: 2 ** 34 - 1 })]).toEqual([end[4]]);
  });
});

describe('distributions', () => {
  const count = 200_000;
  // Bounds are five standard errors of the statistic, or near the 0.9999 quantile of chi-square with 255 degrees (346).
  it('uniform fills 256 cells evenly and stays in its bounds', () => {
    const values = uniform(count, key);
    const cells = new Array<number>(256).fill(0);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    for (const value of values) cells[Math.floor(value * 256)]! += 1;
    expect(chiSquare(cells, count / 256)).toBeLessThan(346);
    const [mean, variance] = moments(values);
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / count));
  });
  it('each byte of the bits is even, and neighbours are independent', () => {
    const words = randomBits(count, key);
    for (const shift of [0, 8, 16, 24]) {
      const cells = new Array<number>(256).fill(0);
      for (const word of words) cells[(word >>> shift) & 255]! += 1;
      expect(chiSquare(cells, count / 256)).toBeLessThan(346);
    }
    for (const lag of [1, 2, 3, 4]) {
      const cells = new Array<number>(256).fill(0);
      for (let i = lag; i < count; i++) cells[((words[i]! >>> 28) << 4) | (words[i - lag]! >>> 28)]! += 1;
      expect(chiSquare(cells, (count - lag) / 256)).toBeLessThan(346);
    }
  });
  it('normal has the moments of N(2, 3²)', () => {
    const [mean, variance, skewness, kurtosis] = moments(normal(count, key, { mean: 2, standardDeviation: 3 }));
    expect(Math.abs(mean - 2)).toBeLessThan(5 * Math.sqrt(9 / count));
    expect(Math.abs(variance - 9)).toBeLessThan(5 * 9 * Math.sqrt(2 / count));
    expect(Math.abs(skewness)).toBeLessThan(5 * Math.sqrt(6 / count));
    expect(Math.abs(kurtosis)).toBeLessThan(5 * Math.sqrt(24 / count));
  });
  it('truncatedNormal lies within two standard deviations and has the variance of that law', () => {
    const values = truncatedNormal(count, key, { mean: 1, standardDeviation: 0.5 });
    expect(values.every((value) => Math.abs(value - 1) <= 1)).toBe(true);
    const [mean, variance] = moments(values);
    expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(0.7737 / 4 / count));
    expect(Math.abs(variance / 0.25 - 0.7737413)).toBeLessThan(0.01);
  });
  it('bernoulli keeps 1 − rate of the elements', () => {
    for (const rate of [0, 0.1, 0.5, 0.9]) {
      const kept = bernoulli(count, rate, key).reduce((sum, value) => sum + value, 0) / count;
      expect(Math.abs(kept - (1 - rate))).toBeLessThanOrEqual(5 * Math.sqrt((rate * (1 - rate)) / count));
    }
  });
  it('every order of four is equally likely', () => {
    const orders = new Map<string, number>();
    for (let step = 0; step < 4800; step++) {
      const order = permutation(4, { ...key, step }).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    // Above the 0.9999 quantile of chi-square with 23 degrees.
    expect(chiSquare([...orders.values()], 200)).toBeLessThan(59);
  });
});

describe('keys', () => {
  it('another seed, name or step gives other numbers', () => {
    const other: RandomKey[] = [
      { ...key, seed: 12 },
      { ...key, name: 'layer/bias' },
      { ...key, step: 3 },
      { ...key, step: 2 + 2 ** 32 },
    ];
    const first = [key, ...other].map((each) => randomBits(4, each).join());
    expect(new Set(first).size).toBe(first.length);
  });
  it('has no collisions that seeds and similar names could make by chance of their bits', () => {
    const keys = new Set<string>();
    for (let seed = 0; seed < 64; seed++) {
      for (let name = 0; name < 64; name++) keys.add(philoxKey(seed, `${name}/kernel`).join());
    }
    expect(keys.size).toBe(64 * 64);
  });
  it('step 0 is the default', () => {
    expect(uniform(5, { seed: 1, name: 'a' })).toEqual(uniform(5, { seed: 1, name: 'a', step: 0 }));
  });
});

describe('refusals', () => {
  it('thresholds', () => {
    expect(bernoulliThreshold(0)).toBe(0);
    expect(bernoulliThreshold(0.5)).toBe(2 ** 31);
    expect(bernoulliThreshold(1 - 2 ** -53)).toBe(2 ** 32 - 1);
    expect(() => bernoulliThreshold(1)).toThrow('[bernoulliThreshold] rate is 1. rate is a number in [0, 1).');
  });
  const refused: [string, () => unknown, string][] = [
    [
      'negative seed',
      () => uniform(1, { seed: -1, name: '' }),
      '[random] seed is -1. seed is an integer in [0, 2^53).',
    ],
    ['seed beyond 2^53', () => philoxKey(2 ** 53, ''), '[random] seed is 9007199254740992.'],
    ['fractional step', () => normal(1, { seed: 0, name: '', step: 0.5 }), '[random] step is 0.5.'],
    ['no key', () => uniform(1, undefined as never), '[random] the key is undefined. A key says which random numbers'],
    ['a seed for a key', () => normal(1, 7 as never), '[random] the key is 7.'],
    ['a key without a name', () => uniform(1, { seed: 7 } as never), '[random] name is undefined.'],
    ['negative count', () => permutation(-1, key), '[permutation] count is -1.'],
    ['fractional offset', () => randomBits(1, key, { offset: 1.5 }), '[randomBits] offset is 1.5.'],
    ['too many elements', () => randomBits(1, key, { offset: 2 ** 34 }), 'the draw ends at element 17179869185.'],
    ['exchanged bounds', () => uniform(1, key, { min: 1, max: 0 }), '[uniform] min is 1, max is 0.'],
    ['NaN mean', () => normal(1, key, { mean: Number.NaN }), '[normal] mean is NaN.'],
    [
      'negative deviation',
      () => truncatedNormal(1, key, { standardDeviation: -1 }),
      '[truncatedNormal] standardDeviation is -1.',
    ],
    ['unknown option', () => uniform(1, key, { low: 0 } as object), '[uniform] option low is unknown.'],
    ['unknown part of a key', () => uniform(1, { ...key, stepp: 0 } as RandomKey), 'Did you mean step?'],
  ];
  it.each(refused)('%s', (_, draw, message) => {
    expect(draw).toThrow(OptionError);
    expect(draw).toThrow(message);
  });
});
