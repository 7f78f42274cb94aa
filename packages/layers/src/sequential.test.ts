import { memory, ShapeError, type Tensor, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { ramp, values } from '../test/tensors.ts';
import {
  bidirectional,
  dense,
  dropout,
  embedding,
  flatten,
  gru,
  lstm,
  masking,
  type Network,
  sequential,
  simpleRnn,
  timeDistributed,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

function stacked(): Network {
  return sequential([
    lstm({ units: 6, returnSequences: true, inputShape: [5, 3] }),
    dropout({ rate: 0.5 }),
    gru({ units: 4 }),
    dense({ units: 2, activation: 'softmax' }),
  ]);
}

describe('sequential', () => {
  it('counts the parameters of the textbook network', () => {
    const network = sequential([lstm({ units: 50, activation: 'tanh', inputShape: [10, 1] }), dense({ units: 1 })]);
    expect(network.summary()).toMatchInlineSnapshot(`
      "sequential
      ──────────────────────────────────────
      Layer          Output       Parameters
      ──────────────────────────────────────
      lstm (lstm)    [batch, 50]      10,400
      dense (dense)  [batch, 1]           51
      ──────────────────────────────────────
      10,451 parameters"
    `);
  });

  it('infers shapes and gives names', () => {
    const network = stacked();
    expect(network.outputShapes([[null, 5, 3]])).toEqual([[null, 2]]);
    network.build();
    expect(network.parameters.map(({ name }) => name)).toEqual([
      'lstm/kernel',
      'lstm/recurrentKernel',
      'lstm/bias',
      'gru/kernel',
      'gru/recurrentKernel',
      'gru/bias',
      'dense/kernel',
      'dense/bias',
    ]);
    expect(network.outputActivation).toBe('softmax');
  });

  it('gives the same values for the same seed, and draws none before they are used', () => {
    const [first, second] = [stacked(), stacked()];
    first.build();
    expect(first.parameters.some((parameter) => parameter.initialized)).toBe(false);
    const x = ramp([2, 5, 3]);
    expect(values(first.call(x))).toEqual(values(second.call(x)));
    const other = sequential([dense({ units: 3, inputShape: [2] })], { seed: 1 });
    const same = sequential([dense({ units: 3, inputShape: [2] })], { seed: 2 });
    expect(values(other.call(ramp([1, 2])))).not.toEqual(values(same.call(ramp([1, 2]))));
  });

  it('takes layers one by one, and shapes from the first batch', () => {
    const network = sequential()
      .add(simpleRnn({ units: 4 }))
      .add(dense({ units: 1 }));
    expect(network.call(ramp([3, 7, 2])).shape).toEqual([3, 1]);
    network.add(dense({ units: 5 }));
    expect(network.call(ramp([3, 7, 2])).shape).toEqual([3, 5]);
    expect(network.parameters.at(-1)?.name).toBe('dense_1/bias');
    expect(() => network.add(lstm({ units: 2 }))).toThrow(
      'Set returnSequences: true on simpleRnn, which gives only its last output.',
    );
    expect(network.layers).toHaveLength(3);
  });

  it('forgets a layer that could not be added, with its shape', () => {
    const network = sequential([]);
    expect(() => network.add(lstm({ units: 2, inputShape: [3] }))).toThrow(ShapeError);
    expect(network.inputShapes).toBeUndefined();
    expect(network.add(dense({ units: 1 })).call(ramp([2, 5])).shape).toEqual([2, 1]);
  });

  it('drops in training only, by the step', () => {
    const network = sequential([dense({ units: 8, inputShape: [4] }), dropout({ rate: 0.5 })]);
    const x = ramp([2, 4]);
    expect(() => network.call(x, { training: true })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [dropout] training is true and step is not given. Dropout draws other numbers in every training step. Pass the number of the step: call(x, { training: true, step }).]`,
    );
    const zeros = (step: number): number[] =>
      values(network.call(x, { training: true, step })).flatMap((value, i) => (value === 0 ? [i] : []));
    expect(zeros(1)).not.toEqual([]);
    expect(zeros(1)).toEqual(zeros(1));
    expect(zeros(1)).not.toEqual(zeros(2));
  });

  it('leaves nothing behind', () => {
    const network = sequential([
      embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
      bidirectional(lstm({ units: 3, returnSequences: true, dropout: 0.2, recurrentDropout: 0.2 })),
      timeDistributed(dense({ units: 5, activation: 'relu' })),
      flatten(),
      dense({ units: 2 }),
    ]);
    const tokens = tensor([[1, 2, 0, 0]], { dtype: 'int32' });
    network.call(tokens).dispose();
    const before = memory().tensors;
    network.call(tokens, { training: true, step: 3 }).dispose();
    expect(memory().tensors).toBe(before);
    network.dispose();
    expect(memory().tensors).toBe(before - network.parameters.length);
  });
});

describe('a network that begins with an embedding', () => {
  it('is built without a shape where lengths do not matter', () => {
    const network = sequential([embedding({ inputDim: 5, outputDim: 2 }), lstm({ units: 3 }), dense({ units: 5 })]);
    expect(network.sessionLayers().map(({ kind }) => kind)).toEqual(['embedding', 'lstm', 'linear']);
    expect(network.parameters).toHaveLength(6);
    expect(network.call(tensor([[1, 2, 3]], { dtype: 'int32' })).shape).toEqual([1, 5]);
    const outer = sequential([sequential([embedding({ inputDim: 5, outputDim: 2 })]), lstm({ units: 3 })]);
    expect(outer.sessionLayers()).toHaveLength(2);
  });

  it('is asked for one where they do', () => {
    const network = sequential([embedding({ inputDim: 5, outputDim: 2 }), flatten(), dense({ units: 1 })]);
    expect(() => network.build()).toThrow('[dense] ');
    expect(network.call(tensor([[1, 2, 3]], { dtype: 'int32' })).shape).toEqual([1, 1]);
  });
});

describe('masks', () => {
  it('go from the embedding through the layers, and end where the time ends', () => {
    const network = sequential([
      embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
      gru({ units: 3, returnSequences: true }),
      dense({ units: 2 }),
    ]);
    const { masks } = network.runAll([tensor([[5, 0, 3]], { dtype: 'int32' })]);
    expect(values(masks[0] as Tensor)).toEqual([1, 0, 1]);
    const last = sequential([masking({ maskValue: -1 }), lstm({ units: 3 })]);
    expect(last.runAll([ramp([1, 4, 2])]).masks).toEqual([undefined]);
  });

  it('make padding invisible', () => {
    const network = sequential([embedding({ inputDim: 9, outputDim: 4, maskZero: true }), lstm({ units: 3 })]);
    const short = values(network.call(tensor([[4, 7]], { dtype: 'int32' })));
    expect(values(network.call(tensor([[4, 7, 0, 0]], { dtype: 'int32' })))).toEqual(short);
  });
});
