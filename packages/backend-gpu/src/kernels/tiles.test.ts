import { expect, it } from 'vitest';
import { tilingOf } from './tiles.ts';

it('cuts a long k into parts of 512, at most eight of them, whatever divides it', () => {
  const partsOf = (k: number): number => tilingOf({ batch: 1, m: 8, k, n: 8 }, 8).parts;
  expect([1023, 1024, 1027, 1920, 4096, 4100, 6400, 8192, 300_000].map(partsOf)).toEqual([1, 2, 3, 4, 8, 8, 8, 8, 8]);
});
