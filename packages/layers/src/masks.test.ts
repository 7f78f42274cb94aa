// How masks go through structures of layers. Numbers are those of Keras 3.15 (torch backend) for the same weights, where not said
// otherwise.
import { onesInitializer, type Tensor, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { values } from '../test/tensors.ts';
import {
  activation,
  bidirectional,
  concatenate,
  dense,
  embedding,
  input,
  type Layer,
  masking,
  model,
  type Network,
  sequential,
  simpleRnn,
  timeDistributed,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const ones = {
  kernelInitializer: onesInitializer,
  recurrentInitializer: onesInitializer,
  activation: 'linear',
} as const;
/** Adds up its inputs, so behind {@link marks} it counts the steps that are not masked. */
const count = (): Layer => simpleRnn({ units: 1, ...ones });
/** 1 for every token; token 0 is padding. */
const marks = (): Layer =>
  embedding({ inputDim: 2, outputDim: 1, maskZero: true, embeddingsInitializer: onesInitializer });
const tokens = (rows: number[][]): Tensor => tensor(rows, { dtype: 'int32' });
const outputsOf = (network: Network, inputs: readonly Tensor[]): unknown[] =>
  network.runAll(inputs).outputs.map(values);

describe('a network within a network', () => {
  it('gets the masks of all inputs', () => {
    const [a, b] = [input({ shape: [3, 1] }), input({ shape: [3, 1] })];
    const inner = model({ inputs: [a, b], outputs: concatenate().apply([count().apply(a), count().apply(b)]) });
    const [p, q] = [input({ shape: [3] }), input({ shape: [3] })];
    const table = marks();
    const outer = model({ inputs: [p, q], outputs: inner.apply([table.apply(p), table.apply(q)]) });
    expect(outputsOf(outer, [tokens([[1, 0, 0]]), tokens([[1, 1, 0]])])).toEqual([[1, 2]]);
  });

  it('hands the masks of all outputs on', () => {
    const t = input({ shape: [3] });
    const x = marks().apply(t);
    const inner = model({ inputs: t, outputs: [x, activation({ activation: 'linear' }).apply(x)] });
    const p = input({ shape: [3] });
    const [y, z] = inner.applyAll(p);
    const outer = model({ inputs: p, outputs: [count().apply(y!), count().apply(z!)] });
    expect(outputsOf(outer, [tokens([[1, 0, 0]])])).toEqual([[1], [1]]);
  });
});

describe('a call', () => {
  const network = (): Network => {
    const [a, b] = [input({ shape: [2, 1] }), input({ shape: [2, 1] })];
    return model({ inputs: [a, b], outputs: concatenate().apply([count().apply(a), count().apply(b)]) });
  };
  it('takes a mask for each input', () => {
    const x = tensor([[[1], [1]]]);
    for (const dtype of ['float32', 'int32'] as const) {
      const masks = [tensor([[1, 0]], { dtype }), undefined];
      const mask = tensor([[0, 1]], { dtype });
      expect(values(network().call([x, x], { masks }))).toEqual([1, 2]);
      expect(values(network().call([x, x], { masks: [undefined, mask] }))).toEqual([2, 1]);
      expect(mask.disposed).toBe(false);
    }
  });
});

describe('concatenate', () => {
  const join = (first: number[][], second: number[][], maskSecond: boolean): unknown[] => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    const all = embedding({ inputDim: 2, outputDim: 1, embeddingsInitializer: onesInitializer });
    const parts = [marks().apply(a), (maskSecond ? marks() : all).apply(b)];
    const joined = concatenate().apply(parts);
    return outputsOf(model({ inputs: [a, b], outputs: count().apply(joined) }), [tokens(first), tokens(second)]);
  };

  it('masks the steps that all masks mask, in whatever order', () => {
    expect(join([[1, 0]], [[1, 1]], true)).toEqual([[4]]);
    expect(join([[1, 1]], [[1, 0]], true)).toEqual([[4]]);
    expect(join([[1, 0]], [[1, 0]], true)).toEqual([[2]]);
  });

  it('keeps the mask beside an input that has none, which Keras loses', () => {
    expect(join([[1, 0]], [[1, 1]], false)).toEqual([[2]]);
  });
});

describe('timeDistributed', () => {
  it('masks the steps within a step', () => {
    const network = sequential([marks(), timeDistributed(count())]);
    const sentences = tensor(
      [
        [
          [1, 0, 0],
          [1, 1, 0],
        ],
      ],
      { dtype: 'int32' },
    );
    expect(values(network.call(sentences))).toEqual([1, 2]);
  });

  it('masks a step that is padding as a whole, which Keras refuses', () => {
    const network = sequential([marks(), timeDistributed(count()), count()]);
    const sentences = tensor(
      [
        [
          [1, 1, 0],
          [1, 0, 0],
          [0, 0, 0],
        ],
      ],
      { dtype: 'int32' },
    );
    expect(values(network.call(sentences))).toEqual([3]);
    expect(network.runAll([sentences]).masks).toEqual([undefined]);
  });

  it('hands on the mask of every step within a step', () => {
    const network = sequential([marks(), timeDistributed(dense({ units: 2 }))]);
    const { masks } = network.runAll([
      tensor(
        [
          [
            [1, 0],
            [1, 1],
          ],
        ],
        { dtype: 'int32' },
      ),
    ]);
    expect([masks[0]?.shape, values(masks[0])]).toEqual([
      [1, 2, 2],
      [1, 0, 1, 1],
    ]);
  });

  it('masks what is within a masked step', () => {
    const network = sequential([timeDistributed(sequential([marks()]))]);
    const sentences = tensor(
      [
        [
          [1, 0],
          [1, 1],
        ],
      ],
      { dtype: 'int32' },
    );
    const { masks } = network.runAll([sentences], { mask: tensor([[1, 0]]) });
    expect(values(masks[0])).toEqual([1, 0, 0, 0]);
  });

  it('leaves the mask of the steps themselves as it is', () => {
    const network = sequential([timeDistributed(dense({ units: 2 }))]);
    const { masks } = network.runAll([tensor([[[1], [2]]])], { mask: tensor([[1, 0]]) });
    expect(values(masks[0])).toEqual([1, 0]);
  });
});

describe('bidirectional', () => {
  it.each([undefined, false])('gives the output of the last valid step: zeroOutputForMask %s', (zeroOutputForMask) => {
    const layer = simpleRnn({ units: 1, ...ones, ...(zeroOutputForMask === false && { zeroOutputForMask }) });
    const network = sequential([masking({ maskValue: -1 }), bidirectional(layer)]);
    expect(values(network.call(tensor([[[5], [-1]]])))).toEqual([5, 5]);
  });

  it.each([true, false])('refuses to do otherwise with masked steps: returnSequences %s', (returnSequences) => {
    const layer = (zeroOutputForMask: boolean): Layer =>
      simpleRnn({ units: 1, ...ones, returnSequences, zeroOutputForMask });
    expect(() => bidirectional(layer(!returnSequences))).toThrow(
      `[bidirectional] zeroOutputForMask is ${!returnSequences} on a layer with returnSequences: ${returnSequences}. As in Keras, `,
    );
    const backwardLayer = layer(!returnSequences);
    expect(() => bidirectional(layer(returnSequences), { backwardLayer })).toThrow('Leave zeroOutputForMask out.');
    expect(() => bidirectional(layer(returnSequences))).not.toThrow();
  });
});
