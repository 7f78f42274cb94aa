import { expect, test } from 'vitest';
import { difference } from './evidence.ts';

test('rounding is no difference', () => {
  expect(difference({ losses: [0.5, 0.25] }, { losses: [0.500001, 0.25001] })).toBeUndefined();
  expect(difference({ output: [0, -0.5] }, { output: [1e-6, -0.50001] })).toBeUndefined();
});

test('the first loss must agree better than the later ones', () => {
  expect(difference({ losses: [0.5] }, { losses: [0.5001] })).toBe('losses[0] is 0.5 against 0.5001');
  expect(difference({ losses: [0.5, 0.3] }, { losses: [0.5, 0.301] })).toBe('losses[1] is 0.3 against 0.301');
});

test('missing and non-finite values are differences', () => {
  expect(difference({ losses: [0.5] }, {})).toBe('1 losses against no');
  expect(difference({ output: [1, 2] }, { output: [1] })).toBe('2 outputs against 1');
  expect(difference({ output: [Number.NaN] }, { output: [Number.NaN] })).toBe('outputs[0] is NaN against NaN');
});
