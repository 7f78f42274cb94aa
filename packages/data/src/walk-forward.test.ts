import { hostArray } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { padSequences, type WalkForwardOptions, walkForwardSplits } from './index.ts';

const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);

/** Rows of each part, of a series that holds the numbers of its rows. */
const rowsOf = (count: number, options?: WalkForwardOptions): number[][][] =>
  walkForwardSplits(range(0, count), options).map(({ train, test }) => [[...train.data], [...test.data]]);

describe('walkForwardSplits', () => {
  // The sequences that scikit-learn documents for TimeSeriesSplit.
  it.each<[string, number, WalkForwardOptions | undefined, number[][][]]>([
    [
      'five splits by default',
      6,
      undefined,
      [
        [[0], [1]],
        [[0, 1], [2]],
        [[0, 1, 2], [3]],
        [[0, 1, 2, 3], [4]],
        [[0, 1, 2, 3, 4], [5]],
      ],
    ],
    [
      'a size of the test parts',
      12,
      { splits: 3, testSize: 2 },
      [
        [range(0, 6), [6, 7]],
        [range(0, 8), [8, 9]],
        [range(0, 10), [10, 11]],
      ],
    ],
    [
      'a gap',
      12,
      { splits: 3, testSize: 2, gap: 2 },
      [
        [range(0, 4), [6, 7]],
        [range(0, 6), [8, 9]],
        [range(0, 8), [10, 11]],
      ],
    ],
    [
      'a training part that moves along',
      12,
      { splits: 3, testSize: 2, gap: 1, trainSize: 4 },
      [
        [range(1, 5), [6, 7]],
        [range(3, 7), [8, 9]],
        [range(5, 9), [10, 11]],
      ],
    ],
    [
      'rows that the parts do not divide',
      11,
      { splits: 2 },
      [
        [range(0, 5), [5, 6, 7]],
        [range(0, 8), [8, 9, 10]],
      ],
    ],
  ])('gives the rows of TimeSeriesSplit: %s', (_, count, options, expected) => {
    expect(rowsOf(count, options)).toEqual(expected);
  });

  it('shortens the first training parts where the series does not reach back far enough', () => {
    const parts = rowsOf(20, { trainSize: 10 }).map(([train]) => [train?.[0], train?.at(-1)]);
    expect(parts).toEqual([
      [0, 4],
      [0, 7],
      [1, 10],
      [4, 13],
      [7, 16],
    ]);
  });

  it('uses the series to its first row and its last', () => {
    expect(rowsOf(6, { splits: 1, testSize: 2, gap: 1, trainSize: 3 })).toEqual([
      [
        [0, 1, 2],
        [4, 5],
      ],
    ]);
  });

  it('keeps columns, types and masks', () => {
    const columns = hostArray(Int32Array.from(range(0, 8)), [4, 2]);
    expect(walkForwardSplits(columns, { splits: 1 })).toEqual([
      {
        train: hostArray(Int32Array.of(0, 1, 2, 3), [2, 2]),
        test: hostArray(Int32Array.of(4, 5, 6, 7), [2, 2]),
      },
    ]);
    const padded = padSequences([[1], [2, 3]]);
    const [split] = walkForwardSplits(padded, { splits: 1 });
    expect(split?.train.mask).toEqual(hostArray([0, 1], [1, 2]));
    expect(walkForwardSplits([[1], [2]], { splits: 1 })[0]?.test).toEqual(hostArray(Float64Array.of(2), [1, 1]));
  });

  it.each<[string, () => unknown]>([
    ['a series that is too short', () => walkForwardSplits([1, 2, 3, 4, 5])],
    ['a gap that leaves nothing', () => walkForwardSplits([1, 2, 3], { splits: 1, testSize: 2, gap: 1 })],
    ['an empty series', () => walkForwardSplits([])],
    ['no splits', () => walkForwardSplits([1, 2], { splits: 0 })],
    ['a share for a size', () => walkForwardSplits([1, 2], { testSize: 0.2 })],
    ['a gap below 0', () => walkForwardSplits([1, 2], { gap: -1 })],
    ['no training part', () => walkForwardSplits([1, 2], { trainSize: 0 })],
    ['an unknown option', () => walkForwardSplits([1, 2], { n_splits: 3 } as object)],
  ])('refuses %s', (_, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });
});
