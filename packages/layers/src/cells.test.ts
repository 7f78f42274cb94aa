import { grad, type Parameter, sum, type Tensor, tensor, tidy, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { ramp, values } from '../test/tensors.ts';
import {
  bidirectional,
  Cell,
  gru,
  gruCell,
  type Layer,
  lstm,
  lstmCell,
  networkFromConfig,
  rnn,
  sequential,
  simpleRnn,
  simpleRnnCell,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const close = (expected: readonly number[]): unknown[] => expected.map((value) => expect.closeTo(value, 5));
const walk = { returnSequences: true, returnState: true };

describe.each<[string, (options: object) => Layer, Layer]>([
  [
    'lstmCell',
    (options) => lstm({ units: 3, name: 'same', ...options }),
    rnn(lstmCell({ units: 3 }), { ...walk, name: 'same' }),
  ],
  [
    'gruCell',
    (options) => gru({ units: 3, name: 'same', ...options }),
    rnn(gruCell({ units: 3 }), { ...walk, name: 'same' }),
  ],
  [
    'simpleRnnCell',
    (options) => simpleRnn({ units: 3, name: 'same', ...options }),
    rnn(simpleRnnCell({ units: 3 }), { ...walk, name: 'same' }),
  ],
])('rnn(%s)', (_, factory, stepped) => {
  it('equals the layer: outputs, states and gradients, with a mask and an initial state', () => {
    const whole = factory(walk);
    const x = ramp([2, 4, 2]);
    const mask = tensor([
      [0, 1, 0, 1],
      [1, 1, 1, 0],
    ]);
    tidy(() => {
      const results = [whole, stepped].map((layer) => {
        layer.build([[null, null, 2]]);
        const initialState = layer
          .outputShapes([[2, 4, 2]])
          .slice(1)
          .map(() => ramp([2, 3]));
        const outputs = layer.callAll(x, { mask, initialState });
        const gradients = grad(
          sum(outputs[0] as Tensor),
          layer.parameters.map(({ value }) => value),
        );
        return [...outputs, ...gradients].map(values);
      });
      expect(results[1]).toEqual(results[0]?.map(close));
      expect(stepped.parameters.map(({ name }) => name)).toEqual(whole.parameters.map(({ name }) => name));
    });
  });

  it('steps in a stream as the layer does', () => {
    expect(stepped.sessionLayers().map(({ kind }) => kind)).toEqual([factory({}).type]);
  });
});

describe('cells', () => {
  it('drop in training, the same at every step', () => {
    const options = { units: 2, dropout: 0.5, recurrentDropout: 0.5, useBias: false } as const;
    const training = { training: true, step: 4 };
    const whole = lstm({ ...options, name: 'same' });
    const stepped = sequential([rnn(lstmCell(options), { name: 'same' })]);
    const x = ramp([3, 5, 4]);
    const expected = values(whole.call(x, training));
    expect(values(stepped.call(x, training))).toEqual(close(expected));
    expect(expected).not.toEqual(close(values(whole.call(x))));
  });

  it('run in both directions, and come back from a config', () => {
    const network = sequential([bidirectional(rnn(gruCell({ units: 2 }), { returnSequences: true }))]);
    const x = ramp([1, 3, 2]);
    const expected = values(network.call(x));
    expect(network.parameters.map(({ name }: Parameter) => name)).toContain('bidirectional/backward/kernel');
    const copy = networkFromConfig(JSON.parse(JSON.stringify(network.toConfig())));
    expect(values(copy.call(x))).toEqual(expected);
  });

  it('teach what does not fit', () => {
    class Mine extends Cell {
      readonly type: string = 'mine';
      readonly outputSize: number = 1;
      readonly stateSizes: readonly number[] = [1];
      protected forward(inputs: readonly Tensor[]): readonly Tensor[] {
        return inputs;
      }
    }
    expect(() => bidirectional(rnn(new Mine()))).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [mine] the cell has no twin(). The other direction of a bidirectional layer runs a cell of its own. Pass it: bidirectional(rnn(new MyCell()), { backwardLayer: rnn(new MyCell()) }).]`,
    );
    expect(() => lstmCell({ units: 2, returnSequences: true } as never)).toThrow('option returnSequences is unknown');
    expect(() => rnn(gruCell({ units: 1 }), { goBackwards: true }).sessionLayers()).toThrow('goBackwards is true.');
    expect(() => rnn(new Mine()).sessionLayers()).toThrow(
      '[mine] a mine layer cannot be streamed. It does not say what one step of it is. Carry the states from call to call: rnn(cell, { stateful: true }), and predict sequences of one step.',
    );
  });
});

it('what stands in masked steps reaches neither outputs nor gradients, NaN included', async () => {
  const layer = rnn(lstmCell({ units: 2 }), { returnSequences: true });
  const mask = tensor([[1, 0, 1]]);
  const gradients = [0, Number.NaN].map((padding) => {
    const y = layer.call(tensor([[[1], [padding], [2]]]), { mask });
    return grad(
      sum(y),
      layer.parameters.map(({ value }) => value),
    ).map(values);
  });
  expect(gradients[1]).toEqual(gradients[0]);
});
