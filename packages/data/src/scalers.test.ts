import { type HostArrayLike, hostArray } from '@lstm/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSequences,
  minMaxScaler,
  padSequences,
  type Scaler,
  type ScalerConfig,
  scalerFromConfig,
  standardScaler,
} from './index.ts';

const scalers: readonly [string, (series: HostArrayLike) => Scaler][] = [
  ['standardScaler', standardScaler],
  ['minMaxScaler', minMaxScaler],
  ['minMaxScaler to [-1, 1]', (series) => minMaxScaler(series, { range: [-1, 1] })],
];

const value = fc.integer({ min: -(2 ** 40), max: 2 ** 40 }).map((each) => each / 1024);
const rows = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 12 });

describe.each(scalers)('%s', (_, scalerFor) => {
  it('is undone by inverse, all columns or one', () => {
    fc.assert(
      fc.property(rows, rows, (train, later) => {
        const scaler = scalerFor(train);
        const scaled = scaler.transform(later);
        const restored = scaler.inverse(scaled);
        expect(restored.shape).toEqual([later.length, 2]);
        const one = scaler.inverse(hostArray(scaled.data.filter((__, i) => i % 2 === 1)), [1]);
        const { offset } = scaler.toConfig();
        const errors = later.flat().map((each, i) => {
          const size = Math.abs(each) + Math.abs(offset[i % 2]!);
          return Math.abs(restored.data[i]! - each) / Math.max(size, 1);
        });
        expect(Math.max(...errors)).toBeLessThan(1e-14);
        expect(one.data).toEqual(restored.data.filter((__, i) => i % 2 === 1));
      }),
      { seed: 3 },
    );
  });

  it('knows only what it was fitted on', () => {
    const scaler = scalerFor([
      [1, 2],
      [3, 4],
    ]);
    const before = scaler.toConfig();
    scaler.transform([[1e6, -1e6]]);
    expect(scaler.toConfig()).toEqual(before);
    expect(scaler.toConfig()).toEqual(
      scalerFor([
        [1, 2],
        [3, 4],
      ]).toConfig(),
    );
  });

  it('only shifts a constant column, however it is rounded', () => {
    const scaler = scalerFor([
      [0.1, 1],
      [0.1, 2],
      [0.1, 4],
    ]);
    expect(scaler.toConfig().scale[0]).toBe(1);
    const [first] = scaler.transform([[0.1, 0]]).data;
    expect(scaler.transform([[0.6, 0]]).data[0]).toBeCloseTo(first! + 0.5, 12);
  });

  it('keeps its meaning through JSON', () => {
    const scaler = scalerFor([
      [0.1, 1e9],
      [0.3, 3e9],
    ]);
    const again = scalerFromConfig(JSON.parse(JSON.stringify(scaler.toConfig())) as ScalerConfig);
    expect(again.transform([[5, 6]])).toEqual(scaler.transform([[5, 6]]));
  });
});

describe('standardScaler', () => {
  it('gives mean 0 and the deviation of the population 1', () => {
    const { data } = standardScaler([
      [1, 10],
      [2, 30],
      [6, 80],
    ]).transform([
      [1, 10],
      [2, 30],
      [6, 80],
    ]);
    for (const column of [0, 1]) {
      const values = [...data].filter((_, i) => i % 2 === column);
      expect(values.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
      expect(values.reduce((total, each) => total + each * each, 0) / 3).toBeCloseTo(1, 12);
    }
  });

  it('reads lists in float64: seconds since 1970 are not rounded', () => {
    expect([...standardScaler([1_700_000_001, 1_700_000_003]).transform([1_700_000_002]).data]).toEqual([0]);
  });
});

describe('minMaxScaler', () => {
  it('maps the least and greatest values of training to the range, later ones beyond it', () => {
    const scaler = minMaxScaler([[10], [30]], { range: [-1, 1] });
    expect([...scaler.transform([[10], [20], [30], [40]]).data]).toEqual([-1, 0, 1, 2]);
    expect([...minMaxScaler([[7], [7]], { range: [-1, 1] }).transform([[7]]).data]).toEqual([-1]);
  });
});

it('a column that differs by rounding alone counts as constant', () => {
  const steps = Array.from({ length: 99 }, (_, i) => (i + 1) * 0.1 - i * 0.1);
  expect(new Set(steps).size).toBeGreaterThan(1);
  for (const scaler of [standardScaler(steps), minMaxScaler(steps)]) {
    const [low = 0, high = 0] = scaler.transform([0.1, 0.2]).data;
    expect(high - low).toBeCloseTo(0.1, 9);
  }
  const [a = 0, b = 0] = minMaxScaler([1e6, 1e6 + 1e-3]).transform([1e6, 1e6 + 1e-3]).data;
  expect([a, b]).toEqual([0, 1]);
});

it('a range is two numbers', () => {
  expect(() => minMaxScaler([1, 2], { range: 3 as never })).toThrow('[minMaxScaler] range is 3.');
});

describe('padded sequences', () => {
  it.each(scalers)('are scaled as they were before the padding, %s', (_, scalerFor) => {
    const sequences = [
      [
        [1, 10],
        [3, 50],
      ],
      [[5, 30]],
      [],
    ];
    const x = padSequences(sequences, { value: 9, dtype: 'float64' });
    const scaler = scalerFor(x);
    expect(scaler.toConfig()).toEqual(scalerFor(sequences.flat()).toConfig());
    const scaled = scaler.transform(x);
    const expected = padSequences(
      sequences.map((each) => each.map((step) => [...scaler.transform([step]).data])),
      { value: 9, dtype: 'float64' },
    );
    expect(scaled).toEqual({ data: expected.data, shape: expected.shape, mask: x.mask });
    expect(scaler.inverse(scaled)).toMatchObject({ shape: x.shape, mask: x.mask });
  });

  it('of numbers are one column', () => {
    const x = padSequences([[1, 2, 3], [6]], { padding: 'post', value: Number.NaN, dtype: 'float64' });
    expect(minMaxScaler(x).toConfig()).toEqual({ offset: [1], scale: [5] });
    expect(minMaxScaler(x).transform(x).data).toEqual(Float64Array.of(0, 0.2, 0.4, 1, Number.NaN, Number.NaN));
    const holed = { ...x, data: Float64Array.of(1, Number.NaN, 3, 6, 0, 0) };
    expect(() => minMaxScaler(holed)).toThrow('row 1, column 0 holds NaN');
  });
});

describe('columns', () => {
  const scaler = scalerFromConfig({ offset: [1, 10], scale: [2, 20] });

  it('lie along the last axis of windows', () => {
    const { x } = createSequences(
      [
        [1, 10],
        [3, 30],
        [5, 50],
      ],
      2,
    );
    expect(scaler.transform(x)).toEqual(hostArray(Float64Array.of(0, 0, 1, 1), [1, 2, 2]));
  });

  it('can be chosen, in any order, and one takes any shape', () => {
    expect(scaler.inverse([[0, 1]], [1, 0])).toEqual(hostArray(Float64Array.of(10, 3), [1, 2]));
    expect(scaler.inverse(hostArray(Float32Array.of(0, 1, 2), [1, 3]), [1])).toEqual(
      hostArray(Float64Array.of(10, 30, 50), [1, 3]),
    );
    expect(scaler.transform([1, 3], [0])).toEqual(hostArray(Float64Array.of(0, 1)));
  });

  it('of a scaler of one column take any shape', () => {
    expect(
      standardScaler([1, 3]).transform([
        [1, 3],
        [5, 7],
      ]),
    ).toEqual(hostArray(Float64Array.of(-1, 1, 3, 5), [2, 2]));
  });

  it.each<[string, () => unknown]>([
    [
      'NaN, with its place',
      () =>
        standardScaler([
          [1, 2],
          [3, Number.NaN],
        ]),
    ],
    ['infinity, with its place', () => minMaxScaler([1, 2, Number.POSITIVE_INFINITY])],
    ['an empty series', () => standardScaler([])],
    ['no columns', () => minMaxScaler([[], []])],
    ['a range that falls', () => minMaxScaler([1], { range: [1, 0] })],
    ['an endless range', () => minMaxScaler([1], { range: [0, Number.POSITIVE_INFINITY] })],
    ['a range of three', () => minMaxScaler([1], { range: [0, 1, 2] as never })],
    ['an unknown option', () => minMaxScaler([1], { featureRange: [0, 1] } as object)],
    ['a spread beyond float64', () => standardScaler([-1.7e308, 1.7e308])],
    ['a series of other columns', () => scaler.transform([[1, 2, 3]])],
    ['a vector for two columns', () => scaler.transform([1, 2])],
    ['predictions without their column', () => scaler.inverse([[1], [2]])],
    ['a column that was not fitted', () => scaler.inverse([[1]], [2])],
    ['no column', () => scaler.inverse([[1]], [])],
    ['a config of unequal lengths', () => scalerFromConfig({ offset: [1, 2], scale: [1] })],
    ['an empty config', () => scalerFromConfig({ offset: [], scale: [] })],
    ['a config without a list', () => scalerFromConfig({ offset: 1 as never, scale: [1] })],
    ['a scale of zero', () => scalerFromConfig({ offset: [0, 0], scale: [1, 0] })],
    ['a scale that JSON lost', () => scalerFromConfig({ offset: [0], scale: [null as never] })],
    ['an unknown key of a config', () => scalerFromConfig({ offset: [0], scale: [1], mean: [0] } as never)],
  ])('refuses %s', (_, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });
});
