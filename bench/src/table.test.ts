import { expect, test } from 'vitest';
import { table, threeDigits } from './table.ts';

test('words stand to the left, numbers to the right', () => {
  const lines = table(
    ['name', 'ms'],
    [
      ['a', '1.25'],
      ['longer', '10.5'],
    ],
  ).split('\n');
  expect(lines).toEqual(['name      ms', '------  ----', 'a       1.25', 'longer  10.5']);
});

test.each([
  [0, '0'],
  [0.00123456, '0.00123'],
  [1.5, '1.50'],
  [15.67, '15.7'],
  [12345.6, '12346'],
  [-0.5, '-0.500'],
])('%d is written %s', (value, text) => {
  expect(threeDigits(value)).toBe(text);
});
