import { expect, it } from 'vitest';
import { numpyPermutation } from './numpy-permutation.ts';

it('orders as numpy 2 does', () => {
  // numpy.random.RandomState(seed).permutation(count).tolist()
  expect([...numpyPermutation(12, 0)]).toEqual([6, 11, 4, 10, 2, 8, 1, 7, 9, 3, 0, 5]);
  expect([...numpyPermutation(10662, 0).slice(0, 5)]).toEqual([7168, 8649, 3381, 8718, 5367]);
  expect([...numpyPermutation(10662, 0).slice(-5)]).toEqual([9225, 4859, 3264, 9845, 2732]);
  expect([...numpyPermutation(1000, 7).slice(0, 5)]).toEqual([778, 334, 271, 802, 216]);
});
