import { expect, test } from 'vitest';
import { median, quantile } from './statistics.ts';

test('quantiles lie between neighbours and do not change the values', () => {
  const values = [4, 1, 3, 2];
  expect(median(values)).toBe(2.5);
  expect(quantile(values, 0)).toBe(1);
  expect(quantile(values, 1)).toBe(4);
  expect(quantile(values, 0.1)).toBeCloseTo(1.3);
  expect(values).toEqual([4, 1, 3, 2]);
});

test('the quantile of one value is that value', () => {
  expect(quantile([7], 0.9)).toBe(7);
});
