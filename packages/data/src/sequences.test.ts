import { type HostArray, type HostArrayLike, hostArray } from '@lstm/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSequences, fillGaps, lastWindow, padSequences, splitSeries } from './index.ts';

/** `[time, columns]` whose entry is 10 · time + column. */
const grid = (time: number, columns: number): number[][] =>
  Array.from({ length: time }, (_, t) => Array.from({ length: columns }, (__, c) => 10 * t + c));

/** What lists become. */
const exact = (values: HostArrayLike): HostArray => hostArray(values, undefined, 'float64');

describe('lastWindow', () => {
  it('is the window after the last one that has a horizon', () => {
    const series = grid(6, 2);
    const { x } = createSequences([...series, [0, 0]], 3);
    expect(lastWindow(series, 3)).toEqual(hostArray(x.data.slice(-6), [1, 3, 2]));
    expect(lastWindow(Int32Array.of(1, 2, 3), 3)).toEqual(hostArray(Int32Array.of(1, 2, 3), [1, 3, 1]));
  });

  it('copies', () => {
    const values = Float32Array.of(1, 2, 3);
    const { data } = lastWindow(values, 2);
    values.fill(0);
    expect(data).toEqual(Float32Array.of(2, 3));
  });

  it.each<[string, () => unknown]>([
    ['a series that is too short', () => lastWindow([1, 2], 3)],
    ['no window', () => lastWindow([1, 2], 0)],
    ['several series', () => lastWindow([[[1]], [[2]]], 1)],
    ['padded sequences', () => lastWindow(padSequences([[1], [2, 3]]), 1)],
  ])('refuses %s', (_, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });
});

describe('createSequences', () => {
  it('cuts windows and what follows them', () => {
    const { x, y } = createSequences(grid(5, 2), 2, { horizon: 2, targets: [1] });
    expect(x).toEqual(exact([grid(2, 2), grid(3, 2).slice(1), grid(4, 2).slice(2)].slice(0, 2)));
    expect(y).toEqual(
      exact([
        [21, 31],
        [31, 41],
      ]),
    );
  });

  it('predicts all columns by default, several in the order asked for', () => {
    expect(createSequences(grid(3, 2), 2).y).toEqual(exact([[[20, 21]]]));
    expect(createSequences(grid(3, 3), 2, { targets: [2, 0] }).y).toEqual(exact([[[22, 20]]]));
    expect(createSequences(grid(3, 1), 2).y).toEqual(exact([[20]]));
  });

  it('needs exactly window and horizon steps for one window', () => {
    expect(createSequences([1, 2, 3, 4], 3).x.shape).toEqual([1, 3, 1]);
    expect(createSequences([1, 2], 1, { horizon: 1, stride: 9 })).toEqual({
      x: exact([[[1]]]),
      y: exact([[2]]),
    });
    expect(() => createSequences([1, 2, 3], 3)).toThrow('the series has 3 steps');
  });

  it.each([Float32Array, Int32Array, Float64Array])('keeps the type %o', (type) => {
    const { x, y } = createSequences(type.of(1, 2, 3), 2);
    expect(x.data).toEqual(type.of(1, 2));
    expect(y.data).toEqual(type.of(3));
  });

  it('keeps every digit of lists', () => {
    const times = [1_732_337_602_001, 1_732_337_602_002, 1_732_337_602_003];
    expect([...createSequences(times, 1).x.data]).toEqual(times.slice(0, 2));
    expect([
      ...lastWindow(
        times.map((each) => [each, 0.1]),
        1,
      ).data,
    ]).toEqual([times[2], 0.1]);
    expect(splitSeries(times, [0.6, 0.4]).flatMap(({ data }) => [...data])).toEqual(times);
    expect([...fillGaps([16_777_217, Number.NaN, 16_777_219], 'linear').data]).toEqual([
      16_777_217, 16_777_218, 16_777_219,
    ]);
    expect(createSequences([Int32Array.of(1), Int32Array.of(2)], 1).y.data).toEqual(Int32Array.of(2));
  });

  it('copies: what becomes of the windows does not reach the series', () => {
    const series = Float64Array.of(1, 2, 3);
    createSequences(series, 2).x.data.fill(9);
    expect(series).toEqual(Float64Array.of(1, 2, 3));
  });

  it('holds every window at its place, for any sizes', () => {
    const size = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(size, size, size, size, fc.nat(12), (window, horizon, stride, columns, more) => {
        const time = window + horizon + more;
        const series = grid(time, columns);
        const { x, y } = createSequences(series, window, { horizon, stride, targets: [columns - 1] });
        const starts = Array.from({ length: Math.floor(more / stride) + 1 }, (_, i) => i * stride);
        expect(x).toEqual(exact(starts.map((start) => series.slice(start, start + window))));
        const ahead = starts.map((start) => series.slice(start + window, start + window + horizon));
        expect(y).toEqual(exact(ahead.map((rows) => rows.map((row) => row[columns - 1]!))));
        // One more window would reach beyond the end.
        expect(starts.at(-1)! + stride + window + horizon).toBeGreaterThan(time);
      }),
      { seed: 4 },
    );
  });

  it.each<[string, () => unknown]>([
    ['a short series', () => createSequences([1], 3, { horizon: 2 })],
    ['an empty series', () => createSequences([], 1)],
    ['three axes', () => createSequences([[[1]]], 1)],
    ['padded sequences', () => createSequences(padSequences([[1], [2, 3]]), 1)],
    ['a part of padded sequences', () => createSequences(splitSeries(padSequences([[1], [2, 3]]), [0.5, 0.5])[1], 1)],
    ['a number', () => createSequences(1, 1)],
    ['no columns', () => createSequences([[], []], 1)],
    ['a window of zero', () => createSequences([1, 2], 0)],
    ['half a step', () => createSequences([1, 2], 1, { stride: 0.5 })],
    ['no horizon', () => createSequences([1, 2], 1, { horizon: 0 })],
    ['a target that is no column', () => createSequences(grid(3, 2), 1, { targets: [0, 2] })],
    ['no targets', () => createSequences(grid(3, 2), 1, { targets: [] })],
    ['an unknown option', () => createSequences([1, 2], 1, { step: 2 } as object)],
  ])('refuses %s', (_, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });
});

describe('splitSeries', () => {
  it('gives every row to one part, in order and in the type of the series', () => {
    const [train, validation, test] = splitSeries(
      hostArray(Float64Array.from(grid(10, 2).flat()), [10, 2]),
      [0.7, 0.2, 0.1],
    );
    expect(train).toEqual(hostArray(Float64Array.from(grid(7, 2).flat()), [7, 2]));
    expect(validation.shape).toEqual([2, 2]);
    expect(test.data).toEqual(Float64Array.of(90, 91));
  });

  it('divides a mask that comes with the series', () => {
    const x = padSequences([[1], [2, 3], [4, 5], [6]]);
    const [train, test] = splitSeries(x, [0.75, 0.25]);
    expect(train).toEqual({ ...hostArray(x.data.slice(0, 6), [3, 2]), mask: hostArray([0, 1, 1, 1, 1, 1], [3, 2]) });
    expect(test).toEqual({ ...hostArray(x.data.slice(6), [1, 2]), mask: hostArray([0, 1], [1, 2]) });
  });

  it('leaves the end out when the fractions say so', () => {
    expect(splitSeries([1, 2, 3, 4], [0.25, 0.25]).map(({ data }) => [...data])).toEqual([[1], [2]]);
  });

  it('divides any series of windows without loss', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 300 }), fc.integer({ min: 1, max: 8 }), (rows, tenths) => {
        const series = Float64Array.from({ length: rows }, (_, i) => i);
        const parts = splitSeries(series, [tenths / 10, 0.1, 1 - tenths / 10 - 0.1]);
        expect(parts.flatMap(({ data }) => [...data])).toEqual([...series]);
        expect(Math.abs(parts[0].data.length - (rows * tenths) / 10)).toBeLessThanOrEqual(0.5);
      }),
      { seed: 5 },
    );
  });

  it.each<[string, () => unknown]>([
    ['fractions above 1', () => splitSeries([1, 2, 3], [0.7, 0.4])],
    ['fractions a little above 1', () => splitSeries([1, 2, 3], [0.7, 0.301])],
    ['a part without rows', () => splitSeries([1, 2, 3], [0.9, 0.1])],
    ['a negative fraction', () => splitSeries([1, 2, 3], [1, -0.5])],
    ['no number', () => splitSeries([1, 2, 3], [0.5, Number.NaN])],
    ['fractions by name', () => splitSeries([1, 2, 3], { train: 0.8 } as never)],
    ['targets that are no list', () => createSequences([1, 2, 3], 1, { targets: 0 as never })],
    ['no fractions', () => splitSeries([1, 2, 3], [])],
    ['an empty series', () => splitSeries([], [1])],
  ])('refuses %s', (_, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });
});
