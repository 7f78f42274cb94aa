import { readFileSync } from 'node:fs';
import { hostArray } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { type PadOptions, padSequences } from './pad-sequences.ts';
import type { SequenceLike } from './sequence-list.ts';

interface VectorCase {
  readonly name: string;
  readonly sequences: readonly SequenceLike[];
  readonly options: PadOptions;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const { cases } = JSON.parse(readFileSync(new URL('vectors/pad-sequences.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly VectorCase[];
};

describe('padSequences', () => {
  it.each(cases)('agrees with Keras: $name', ({ sequences, options, shape, data }) => {
    const result = padSequences(sequences, options);
    expect(result.shape).toEqual(shape);
    expect([...result.data]).toEqual(data);
  });

  it('tells padding from zeros, at either end', () => {
    const pre = padSequences([[0, 0], [0, 1, 2, 3], []], { maxLength: 3 });
    expect(pre.lengths).toEqual([2, 3, 0]);
    expect(pre.mask).toEqual(hostArray([0, 1, 1, 1, 1, 1, 0, 0, 0], [3, 3]));
    const post = padSequences([[0, 0], [0, 1, 2, 3], []], { maxLength: 3, padding: 'post' });
    expect(post.mask).toEqual(hostArray([1, 1, 0, 1, 1, 1, 0, 0, 0], [3, 3]));
  });

  it('masks steps, not features', () => {
    const { shape, mask, lengths } = padSequences([
      [[1, 2]],
      [
        [3, 4],
        [5, 6],
      ],
    ]);
    expect(shape).toEqual([2, 2, 2]);
    expect(mask).toEqual(hostArray([0, 1, 1, 1], [2, 2]));
    expect(lengths).toEqual([1, 2]);
  });

  it.each<[string, readonly SequenceLike[], PadOptions, unknown]>([
    ['lists of numbers', [[1], [2, 3]], {}, Int32Array.of(0, 1, 2, 3)],
    ['lists of rows', [[[1]], [[2], [3]]], {}, Float32Array.of(0, 1, 2, 3)],
    ['typed sequences', [Float64Array.of(0.1), Float64Array.of(0.2, 0.3)], {}, Float64Array.of(0, 0.1, 0.2, 0.3)],
    ['a host array', [[], hostArray(Float32Array.of(2, 3), [2, 1])], {}, Float32Array.of(0, 0, 2, 3)],
    ['lists asked for as float64', [[0.1]], { dtype: 'float64' }, Float64Array.of(0.1)],
    ['NaN as padding', [[0.5], []], { dtype: 'float32', value: Number.NaN }, Float32Array.of(0.5, Number.NaN)],
  ])('chooses the type of %s', (_, sequences, options, data) => {
    expect(padSequences(sequences, options).data).toEqual(data);
  });

  it('leaves the given arrays as they are', () => {
    const given = Int32Array.of(1, 2, 3);
    padSequences([given], { maxLength: 2 }).data.fill(9);
    expect(given).toEqual(Int32Array.of(1, 2, 3));
  });

  it.each<[string, () => unknown]>([
    ['no sequences', () => padSequences([])],
    ['nothing', () => padSequences(undefined as never)],
    ['only empty sequences', () => padSequences([[], []])],
    ['a list of numbers', () => padSequences([1, 2] as never)],
    ['no list', () => padSequences({ length: 1 } as never)],
    ['text', () => padSequences([[1, '2' as never]])],
    ['typed rows', () => padSequences([[Float32Array.of(1, 2)]] as never)],
    ['a gap', () => padSequences([[1, null as never]])],
    [
      'steps of more axes',
      () =>
        padSequences([
          [
            [
              [1, 2],
              [3, 4],
            ],
          ],
        ] as never),
    ],
    ['rows of unequal features', () => padSequences([[[1, 2], [3]]])],
    ['numbers among rows', () => padSequences([[[1, 2], 3 as never]])],
    ['sequences of unequal features', () => padSequences([[], [[1, 2]], [[3]]])],
    ['sequences of numbers and of rows', () => padSequences([[1, 2], [[3]]])],
    ['a host array of three axes', () => padSequences([hostArray([[[1]]])])],
    ['fractions as int32', () => padSequences([[1], [2, 0.5]])],
    [
      'rows beyond int32',
      () =>
        padSequences(
          [
            [
              [1, 2],
              [3, 2 ** 31],
            ],
          ],
          { dtype: 'int32' },
        ),
    ],
    ['a padding value beyond int32', () => padSequences([[1]], { value: Number.NaN })],
    ['Keras’s name of an option', () => padSequences([[1]], { maxlen: 3 } as object)],
    ['a length of zero', () => padSequences([[1]], { maxLength: 0 })],
    ['an unknown end', () => padSequences([[1]], { padding: 'left' as 'pre' })],
    ['an unknown end to cut', () => padSequences([[1]], { truncating: 'right' as 'pre' })],
    ['an unknown type', () => padSequences([[1]], { dtype: 'int64' as 'int32' })],
  ])('refuses %s', (_, pad) => {
    expect(pad).toThrowErrorMatchingSnapshot();
  });
});
