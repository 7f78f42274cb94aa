import { hostArray } from '@lstm/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSequences,
  fromReferences,
  relativeToChoices,
  toReferences,
  transformNames,
  transformOf,
} from './index.ts';

const close = (a: number, b: number, size: number): void => expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-13 * size);

describe.each(transformNames)('transform %s', (name) => {
  const { forward, inverse, lost } = transformOf(name);

  it('is undone from any step on', () => {
    const values = fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(values, fc.nat(28), (series, place) => {
        const changed = forward(series).data;
        expect(changed).toHaveLength(series.length - lost);
        const last = place % (series.length - 1);
        const restored = inverse(changed.subarray(last + 1 - lost), series[last]!).data;
        expect(restored).toHaveLength(series.length - last - 1);
        // Sums of differences carry the rounding of the largest value, relative changes that of their own.
        const size = name === 'difference' ? 30 * Math.max(...series) : 0;
        restored.forEach((each, i) => {
          close(each, series[last + 1 + i]!, size + 60 * series[last + 1 + i]!);
        });
      }),
      { seed: 7 },
    );
  });

  it('takes any list of numbers and leaves it as it is', () => {
    const series = Float32Array.of(1, 2, 4);
    expect(forward(series)).toEqual(forward([1, 2, 4]));
    expect(series).toEqual(Float32Array.of(1, 2, 4));
    expect(forward([5]).shape).toEqual([1 - lost]);
    expect(forward([])).toEqual({ data: new Float64Array(), shape: [0] });
  });

  it('changes each column by itself', () => {
    const [left, right] = [
      [1, 2, 4, 7],
      [50, 40, 60, 30],
    ];
    const rows = left.map((value, i) => [value, right[i]!]);
    const both = forward(hostArray(rows));
    expect(both.shape).toEqual([4 - lost, 2]);
    expect(both.data.filter((_, i) => i % 2 === 0)).toEqual(forward(left).data);
    expect(both.data.filter((_, i) => i % 2 === 1)).toEqual(forward(right).data);
    const window = hostArray(both.data.slice(2 * (1 - lost)), [1, 3, 2]);
    const restored = inverse(window, [[1, 50]]);
    expect(restored.shape).toEqual([1, 3, 2]);
    restored.data.forEach((each, i) => {
      close(each, rows.slice(1).flat()[i]!, 100);
    });
  });

  it('is undone window by window', () => {
    const windows = [
      [0.1, 0.2],
      [0.3, 0.1],
      [0.2, 0.4],
    ];
    const lasts = Int32Array.of(5, 9, 7);
    const together = inverse(windows, lasts);
    expect(together.shape).toEqual([3, 2]);
    expect([...together.data]).toEqual(windows.flatMap((window, i) => [...inverse(window, lasts[i]!).data]));
  });
});

it('relative changes are differences of logarithms', () => {
  const [rise] = transformOf('logDifference').forward([100, 110]).data;
  expect(Math.expm1(rise!)).toBeCloseTo(0.1, 12);
});

describe('references of windows', () => {
  const value = fc.integer({ min: -1000, max: 1000 });
  const series = fc.array(fc.tuple(value, value), { minLength: 5, maxLength: 20 });

  it.each(relativeToChoices)('%s is undone', (relativeTo) => {
    fc.assert(
      fc.property(series, fc.nat(1), (rows, column) => {
        const sequences = createSequences(rows, 3, { horizon: 2, targets: [column] });
        const relative = toReferences(sequences, relativeTo, column);
        const restored = fromReferences(relative.y, relative.references);
        expect(restored.shape).toEqual(sequences.y.shape);
        sequences.y.data.forEach((each, i) => {
          close(restored.data[i]!, each, 1e4);
        });
        relative.x.data.forEach((each, i) => {
          const reference = i % 2 === column ? relative.references[Math.floor(i / 6)]! : 0;
          close(each + reference, sequences.x.data[i]!, 1e4);
        });
      }),
      { seed: 8 },
    );
  });

  it('are the last value, the mean, or zero, of the target column only', () => {
    const sequences = createSequences(
      [
        [1, 10],
        [5, 20],
        [7, 30],
      ],
      2,
      { targets: [1] },
    );
    const of = (relativeTo: (typeof relativeToChoices)[number]): number[][] => {
      const { x, y, references } = toReferences(sequences, relativeTo, 1);
      return [[...references], [...x.data], [...y.data]];
    };
    expect(of('lastValue')).toEqual([[20], [1, -10, 5, 0], [10]]);
    expect(of('windowMean')).toEqual([[15], [1, -5, 5, 5], [15]]);
    expect(of('none')).toEqual([[0], [1, 10, 5, 20], [30]]);
  });

  it('are counted in float64', () => {
    const { x } = toReferences(createSequences(Float64Array.of(1e9, 1e9 + 0.5, 1e9), 2), 'lastValue');
    expect(x).toEqual(hostArray(Float64Array.of(-0.5, 0), [1, 2, 1]));
  });
});

describe('errors', () => {
  const sequences = createSequences(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    2,
  );
  it.each<[string, () => unknown]>([
    ['the logarithm of zero', () => transformOf('log').forward([1, 0])],
    ['the logarithm of NaN', () => transformOf('logDifference').forward([1, Number.NaN])],
    ['relative changes from zero', () => transformOf('logDifference').inverse([0.1], 0)],
    ['the logarithm of zero in a column', () => transformOf('log').forward([[1], [0]])],
    ['windows of nothing', () => toReferences(undefined as never, 'lastValue')],
    ['windows in lists', () => toReferences({ x: [[[1]]], y: [[1]] } as never, 'lastValue')],
    ['predictions in lists', () => fromReferences([[1]] as never, Float64Array.of(1))],
    ['no references', () => fromReferences(hostArray([[1]]), undefined as never)],
    ['windows', () => transformOf('none').forward([[[1]], [[2]]])],
    ['text', () => transformOf('difference').forward(['1', '2'] as never)],
    ['changes of two columns from one value', () => transformOf('difference').inverse([[[1, 2]]], [3])],
    ['changes of windows from one value', () => transformOf('difference').inverse([[1], [2]], 3)],
    ['changes from nothing', () => transformOf('difference').inverse([1, 1])],
    ['changes from what is missing', () => transformOf('difference').inverse([[1], [2]], [3, Number.NaN])],
    ['changes of no steps', () => transformOf('log').inverse(1)],
    ['an unknown transform', () => transformOf('diff' as 'difference')],
    ['an unknown reference', () => toReferences(sequences, 'mean' as 'windowMean')],
    ['several target columns', () => toReferences(sequences, 'lastValue')],
    [
      'no column of two',
      () =>
        toReferences(
          createSequences(
            [
              [1, 2],
              [3, 4],
              [5, 6],
            ],
            2,
            { targets: [1] },
          ),
          'lastValue',
        ),
    ],
    ['an unknown column', () => toReferences(createSequences([1, 2, 3], 2), 'lastValue', 1)],
    ['windows without targets', () => toReferences({ x: sequences.x, y: hostArray([[1], [2]]) }, 'lastValue')],
    ['references of other windows', () => fromReferences(hostArray([[1], [2]]), Float64Array.of(1))],
  ])('refuse %s', (_, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });
});
