import { describe, expect, it } from 'vitest';
import type { Shape } from '../shape.ts';
import {
  chronoForgetBias,
  constantInitializer,
  fansOf,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  onesInitializer,
  orthogonal,
  orthogonalInitializer,
  truncatedNormal,
  uniform,
  varianceScaling,
  zerosInitializer,
} from './index.ts';

const key = { seed: 5, name: 'dense/kernel' };
const shape: Shape = [200, 300];

function variance(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / values.length;
}

it.each<[Shape, number, number]>([
  [[], 1, 1],
  [[7], 7, 7],
  [[3, 5], 3, 5],
  [[2, 4, 3, 5], 24, 40],
  [[0, 5], 0, 5],
])('fans of %j', (of, fanIn, fanOut) => {
  expect(fansOf(of)).toEqual({ fanIn, fanOut });
});

describe('Keras’s formulas', () => {
  it.each<[string, Initializer, number]>([
    ['glorotUniform', glorotUniform, Math.sqrt(6 / 500)],
    ['heUniform', heUniform, Math.sqrt(6 / 200)],
    ['lecunUniform', lecunUniform, Math.sqrt(3 / 200)],
  ])('%s', (_, initializer, limit) => {
    const values = initializer(shape, key);
    expect(values).toEqual(uniform(60_000, key, { min: -limit, max: limit }));
    expect(variance(values) / (limit ** 2 / 3)).toBeCloseTo(1, 1);
  });
  it.each<[string, Initializer, number]>([
    ['glorotNormal', glorotNormal, 2 / 500],
    ['heNormal', heNormal, 2 / 200],
    ['lecunNormal', lecunNormal, 1 / 200],
  ])('%s', (_, initializer, expected) => {
    const values = initializer(shape, key);
    // 0.87962566103423978 is the constant in Keras's source.
    const standardDeviation = Math.sqrt(expected) / 0.87962566103423978;
    expect(values).toEqual(truncatedNormal(60_000, key, { standardDeviation }));
    expect(variance(values) / expected).toBeCloseTo(1, 1);
  });
  it('varianceScaling by fanOut, and with a fan of zero', () => {
    const limit = Math.sqrt((3 * 4) / 300);
    expect(varianceScaling(shape, key, { scale: 4, mode: 'fanOut', distribution: 'uniform' })).toEqual(
      uniform(60_000, key, { min: -limit, max: limit }),
    );
    expect(varianceScaling([0, 4], key)).toEqual(new Float32Array(0));
  });
  it('refuses unknown choices', () => {
    expect(() => varianceScaling(shape, key, { mode: 'fan_in' as 'fanIn' })).toThrow("Did you mean 'fanIn'?");
    expect(() => varianceScaling(shape, key, { scale: 0 })).toThrow('[varianceScaling] scale is 0.');
    expect(() => glorotUniform([2, -1], key)).toThrow('Every length is a whole number');
  });
});

it('orthogonalInitializer flattens all axes but the last', () => {
  expect(orthogonalInitializer([2, 3, 4], key, { gain: 2 })).toEqual(
    Float32Array.from(orthogonal(6, 4, key, { gain: 2 })),
  );
  expect(() => orthogonalInitializer([4], key)).toThrow('[orthogonalInitializer] shape is [4].');
});

it('constants', () => {
  expect(zerosInitializer([2, 2])).toEqual(Float32Array.of(0, 0, 0, 0));
  expect(onesInitializer([])).toEqual(Float32Array.of(1));
  expect(constantInitializer(0.25)([2], key)).toEqual(Float32Array.of(0.25, 0.25));
  expect(() => constantInitializer(Number.NaN)).toThrow('[constantInitializer] value is NaN.');
});

it.each([
  fansOf,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  onesInitializer,
  varianceScaling,
  zerosInitializer,
])('$name is named where its shape is none', (of) => {
  expect(() => of(3 as never, key)).toThrow(`[${of.name}] shape is 3.`);
});

describe('chronoForgetBias', () => {
  it('is the logarithm of times uniform in [1, T − 1)', () => {
    const bias = chronoForgetBias(5000, { maxLength: 101 }, key);
    const times = Array.from(bias, Math.exp);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(1 - 1e-6);
    expect(Math.max(...times)).toBeLessThanOrEqual(100 + 1e-4);
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    expect(Math.abs(mean - 50.5)).toBeLessThan(5 * (99 / Math.sqrt(12 * 5000)));
  });
  it('of the shortest length is zero', () => {
    expect(chronoForgetBias(2, { maxLength: 2 }, key)).toEqual(Float32Array.of(0, 0));
  });
  it('needs a length of at least 2', () => {
    expect(() => chronoForgetBias(2, { maxLength: 1 }, key)).toThrow('[chronoForgetBias] maxLength is 1.');
  });
});
