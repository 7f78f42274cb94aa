import { hostArray } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { fillGaps, padSequences } from './index.ts';

const gap = Number.NaN;

describe('fillGaps', () => {
  it('draws a line between the values around a gap', () => {
    expect([...fillGaps([0, gap, gap, 3, gap, 1], 'linear').data]).toEqual([0, 1, 2, 3, 2, 1]);
  });

  it('repeats the value before', () => {
    expect([...fillGaps([0, gap, gap, 3], 'previous').data]).toEqual([0, 0, 0, 3]);
  });

  it('repeats the outermost values and keeps columns apart', () => {
    const series = hostArray(Float64Array.of(gap, 1, 5, gap, gap, 3), [3, 2]);
    expect(fillGaps(series, 'linear')).toEqual(hostArray(Float64Array.of(5, 1, 5, 2, 5, 3), [3, 2]));
    expect([...series.data]).toEqual([gap, 1, 5, gap, gap, 3]);
  });

  it('teaches what it cannot fill', () => {
    expect(() => fillGaps([gap, gap], 'linear')).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [fillGaps] column 0 holds no value. Gaps are filled from the values around them. Leave the column out.]`,
    );
    expect(() => fillGaps([[[1]]], 'linear')).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [fillGaps] the series is [1, 1, 1]. A series is [time] or [time, columns]. Fill it before windows are cut.]`,
    );
    expect(() => fillGaps(padSequences([[1, gap], [2]], { dtype: 'float32' }), 'linear')).toThrow(
      '[fillGaps] the values are padded sequences, [2, 2] with a mask.',
    );
    expect(() => fillGaps([1], 'cubic' as never)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [fillGaps] method is "cubic". It is one of linear, previous. Use one of them.]`,
    );
  });
});
