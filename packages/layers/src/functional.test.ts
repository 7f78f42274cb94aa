import { type Tensor, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { ramp, values } from '../test/tensors.ts';
import {
  bidirectional,
  concatenate,
  dense,
  gru,
  input,
  lstm,
  model,
  networkFromConfig,
  type SymbolicTensor,
  sequential,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('functional networks', () => {
  it('have several inputs and outputs, and share layers', () => {
    const left = input({ shape: [4] });
    const right = input({ shape: [4] });
    const shared = dense({ units: 3, name: 'shared' });
    const joined = concatenate().apply([shared.apply(left), shared.apply(right)]);
    const network = model({
      inputs: [left, right],
      outputs: [dense({ units: 1, activation: 'sigmoid' }).apply(joined), joined],
    });
    expect(network.parameters).toHaveLength(4);
    const [one, two] = [ramp([2, 4]), ramp([2, 4])];
    const { outputs } = network.runAll([one, two]);
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [2, 1],
      [2, 6],
    ]);
    expect(network.outputActivations).toEqual(['sigmoid', undefined]);
    const both = values(outputs[1] as Tensor);
    expect(both.slice(0, 3)).toEqual(both.slice(3, 6));
    expect(network.summary()).toMatchInlineSnapshot(`
      "model
      ─────────────────────────────────────────────────
      Layer                      Output      Parameters
      ─────────────────────────────────────────────────
      shared (dense)             [batch, 3]          15
      concatenate (concatenate)  [batch, 6]           0
      dense (dense)              [batch, 1]           7
      ─────────────────────────────────────────────────
      22 parameters"
    `);
    expect(() => network.runAll([one])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [model] there is 1 input. The network takes 2: [batch, 4], [batch, 4]. Pass a list with one tensor for each.]`,
    );
  });

  it('name layers in the order of the outputs', () => {
    const x = input({ shape: [4] });
    const outputs = [1, 2, 3].map((units) => dense({ units }).apply(x));
    const network = model({ inputs: x, outputs });
    expect(network.layers.map(({ name }) => name)).toEqual(['dense', 'dense_1', 'dense_2']);
    expect(network.parameters.filter(({ name }) => name.endsWith('kernel')).map(({ shape }) => shape)).toEqual([
      [4, 1],
      [4, 2],
      [4, 3],
    ]);
  });

  it('feed states of an encoder to a decoder', () => {
    const source = input({ shape: [null, 2] });
    const target = input({ shape: [null, 3] });
    const [, h, c] = lstm({ units: 4, returnState: true, name: 'encoder' }).applyAll(source);
    const initialState = [h, c].filter((state) => state !== undefined);
    const decoded = lstm({ units: 4, returnSequences: true, name: 'decoder' }).apply(target, { initialState });
    const network = model({ inputs: [source, target], outputs: decoded });
    const inputs = [ramp([1, 5, 2]), ramp([1, 3, 3])];
    const y = network.runAll(inputs).outputs[0] as Tensor;
    expect(y.shape).toEqual([1, 3, 4]);
    const copy = networkFromConfig(JSON.parse(JSON.stringify(network.toConfig())));
    expect(values(copy.runAll(inputs).outputs[0] as Tensor)).toEqual(values(y));
  });

  it('start a layer from states that are inputs of the network, as the layer does by itself', () => {
    const [series, h, c] = [input({ shape: [null, 2] }), input({ shape: [3] }), input({ shape: [3] })];
    const initialState = [h, c];
    const network = model({
      inputs: [series, h, c],
      outputs: lstm({ units: 3, name: 'l' }).apply(series, { initialState }),
    });
    const inputs = [ramp([2, 4, 2]), ramp([2, 3]), ramp([2, 3])] as const;
    const [x, ...states] = inputs;
    const alone = lstm({ units: 3, name: 'l' });
    const expected = values(alone.call(x, { initialState: states }));
    expect(values(network.runAll(inputs).outputs[0] as Tensor)).toEqual(expected);
    expect(values(alone.call(x))).not.toEqual(expected);
    expect(() => lstm({ units: 3 }).apply(series, { initialState: [h, c, h] })).toThrow(
      '[lstm] initialState is [batch, 3], [batch, 3], [batch, 3]. The layer starts from [batch, 3], [batch, 3].',
    );
    expect(() => lstm({ units: 2 }).apply(series, { initialState })).toThrow(
      'The layer starts from [batch, 2], [batch, 2].',
    );
    expect(() => sequential([gru({ units: 2 })]).apply(series, { initialState: [h] })).toThrow('from [batch, 2].');
    expect(() =>
      bidirectional(gru({ units: 3 })).apply(series, { initialState: [h] }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [bidirectional] initialState is [batch, 3]. The layer starts from [batch, 3], [batch, 3], those of the forward layer first. Pass the states alone, without the output, of a layer with returnState: true and as many units.]`,
    );
  });

  it('begin in the middle of another network, and are saved so', () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    const hidden = dense({ units: 2 }).apply(a);
    const join = model({ inputs: [b, hidden], outputs: concatenate().apply([b, hidden]) });
    const given = [tensor([[1, 2]]), tensor([[3, 4]])];
    const copy = networkFromConfig(JSON.parse(JSON.stringify(join.toConfig())));
    for (const network of [join, copy]) expect(values(network.runAll(given).outputs[0])).toEqual([1, 2, 3, 4]);

    const series = input({ shape: [null, 2] });
    const [y, h] = lstm({ units: 2, returnState: true, name: 'memory' }).applyAll(series) as SymbolicTensor[];
    const half = model({ inputs: [series, y!], outputs: concatenate().apply([y!, h!]) });
    const [found] = half.runAll([ramp([1, 3, 2]), tensor([[8, 9]])]).outputs;
    expect(values(found).slice(0, 2)).toEqual([8, 9]);
    expect(values(found)[2]).not.toBe(8);
  });

  it('teach what cannot be joined', () => {
    const parts = [input({ shape: [4, 2] }), input({ shape: [4, 3] }), input({ shape: [5, 2] })];
    expect(() => concatenate({ name: 'joined' }).apply(parts)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [joined] the inputs are [batch, 4, 2], [batch, 4, 3], [batch, 5, 2]. All axes but the last are equal. Bring the inputs to one shape before.]`,
    );
  });

  it('teach what is missing', () => {
    const [a, b] = [input({ shape: [2], name: 'a' }), input({ shape: [2], name: 'b' })];
    expect(() => model({ inputs: a, outputs: concatenate().apply([a, b]) })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [model] an output depends on an input b that is not among inputs. inputs names every input({ shape }) that the outputs are computed from. Add it to inputs.]`,
    );
  });
});
