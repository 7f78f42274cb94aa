import { beforeAll, expect, it } from 'vitest';
import { cast, gather, hostArray, mul, reshape, sparseCategoricalCrossentropy, tensor, useBackend } from './index.ts';
import { indicesOf } from './indices.ts';
import { reference } from './reference/index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const bad = [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, -(2 ** 33), 0.5];

it.each(bad)('refuses a label of %d with the name of the loss and its place', (value) => {
  const prediction = tensor([
    [0.5, 0.5],
    [0.5, 0.5],
  ]);
  for (const target of [
    [0, value],
    [[0], [value]],
  ]) {
    expect(() => sparseCategoricalCrossentropy(prediction, tensor(target))).toThrow(
      `[sparseCategoricalCrossentropy] the label at [1] of [2] is ${value}. A label is an integer.`,
    );
  }
});

it('says the place along every axis', () => {
  expect(() =>
    indicesOf(
      'words',
      'token',
      tensor([
        [1, 2, 3],
        [4, 5, 0.5],
      ]),
    ),
  ).toThrow('[words] the token at [1][2] of [2, 3] is 0.5.');
  expect(() => indicesOf('words', 'token', tensor([[[1], [0.5]]]))).toThrow(
    '[words] the token at [0][1][0] of [1, 2, 1] is 0.5.',
  );
  expect(() => indicesOf('words', 'token', tensor(0.5))).toThrow('[words] the token is 0.5.');
});

it.each([2, -1])('refuses a label of %d for two classes before anything runs', (value) => {
  const prediction = tensor([
    [0.5, 0.5],
    [0.5, 0.5],
  ]);
  for (const labels of [tensor([0, value]), tensor([0, value], { dtype: 'int32' })]) {
    expect(() => sparseCategoricalCrossentropy(prediction, labels)).toThrow(
      `[sparseCategoricalCrossentropy] the label at [1] of [2] is ${value}. With predictions of 2 classes a label lies in [0, 1]. ` +
        'Count classes from 0, give the last layer more units, or leave padding out by a mask.',
    );
  }
});

it.each(bad)('makes no int32 of %d', (value) => {
  for (const values of [[[0, value]], hostArray(Float64Array.of(0, value), [1, 2])]) {
    expect(() => tensor(values, { dtype: 'int32' })).toThrow(
      `[tensor] the value at [0][1] is ${value}. An int32 is a whole number from −2³¹ to 2³¹ − 1.`,
    );
  }
  expect(() => tensor(value, { dtype: 'int32' })).toThrow(`[tensor] the value is ${value}.`);
});

it('takes labels as they come out of lists and typed arrays', async () => {
  for (const labels of [[0, 1, -0], Float32Array.of(0, 1, 0), Float64Array.of(0, 1, 0), Int32Array.of(0, 1, 0)]) {
    expect(await indicesOf('words', 'token', tensor(labels)).data()).toEqual(Int32Array.of(0, 1, 0));
  }
});

it('leaves labels of padding alone, whatever they are', async () => {
  const loss = sparseCategoricalCrossentropy(
    tensor([
      [0.5, 0.5],
      [1, 0],
    ]),
    tensor([1, Number.NaN]),
    { mask: tensor([1, 0]) },
  );
  expect(await loss.item()).toBeCloseTo(Math.log(2));
});

it.each(bad.slice(0, 4))('casts %d to an index that no table has', (value) => {
  const computed = cast(mul(reshape(tensor([value]), [1]), 1), 'int32');
  expect([...computed.dataSync()]).toEqual([-(2 ** 31)]);
  expect(() => gather(tensor([1, 2]), computed)).toThrow('index -2147483648 at flat position 0');
});
