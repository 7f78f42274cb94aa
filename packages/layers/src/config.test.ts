import { add, FormatError, mul, type Parameter, type Tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { ramp, values } from '../test/tensors.ts';
import * as exported from './index.ts';
import {
  activation,
  bidirectional,
  Cell,
  dense,
  gru,
  gruCell,
  type Layer,
  layerFromConfig,
  lstm,
  masking,
  type Network,
  networkFromConfig,
  repeatVector,
  reshape,
  rnn,
  sequential,
  timeDistributed,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const trainables = (network: Network): boolean[] => network.parameters.map(({ trainable }) => trainable);

describe('configs', () => {
  it('describe every layer', () => {
    class Leaky extends Cell {
      readonly type: string = 'leaky';
      readonly outputSize: number = 4;
      readonly stateSizes: readonly number[] = [4];
      protected forward([x, h]: readonly Tensor[]): readonly Tensor[] {
        const next = add(x as Tensor, mul(h as Tensor, 0.5));
        return [next, next];
      }
    }
    const network = sequential([
      masking({ inputShape: [null, 4] }),
      rnn(new Leaky(), { returnSequences: true }),
      bidirectional(gru({ units: 2, returnSequences: true }), { mergeMode: 'sum' }),
      timeDistributed(dense({ units: 6 })),
      lstm({ units: 3, forgetBias: 'chrono', chronoMaxLength: 10 }),
      repeatVector({ n: 2 }),
      reshape({ targetShape: [6] }),
      activation({ activation: 'relu' }),
    ]);
    const x = ramp([2, 5, 4]);
    const expected = values(network.call(x));
    const copy = networkFromConfig(JSON.parse(JSON.stringify(network.toConfig())), { leaky: () => new Leaky() });
    expect(values(copy.call(x))).toEqual(expected);
    expect(() => networkFromConfig(network.toConfig())).toThrow('layer type "leaky" is not known.');
    const asFactory =
      (leaky: unknown): (() => unknown) =>
      () =>
        networkFromConfig(network.toConfig(), { leaky } as never);
    expect(asFactory(Leaky)).toThrow(
      'what stands for leaky is a class. A factory takes the options of a layer and returns the layer. Write { leaky: (options) => new YourLayer(options) }.',
    );
    expect(asFactory(() => undefined)).toThrow('the factory of leaky returned undefined.');
    expect(asFactory('Leaky')).toThrow('what stands for leaky is "Leaky".');
  });

  it('say which layers and parameters are frozen, whenever that was set', () => {
    const make = (): Network =>
      sequential([
        lstm({ units: 1, returnSequences: true, inputShape: [null, 1] }),
        rnn(gruCell({ units: 1 }), { returnSequences: true, trainable: false }),
        timeDistributed(dense({ units: 1 }), { trainable: false }),
      ]);
    const [early, late] = [make(), make()];
    late.build();
    for (const network of [early, late]) {
      const [first, , last] = network.layers as [Layer, Layer, Layer];
      network.trainable = false;
      first.trainable = true;
      (last.children[0] as Layer).trainable = true;
    }
    const copied = (network: Network): Network => networkFromConfig(JSON.parse(JSON.stringify(network.toConfig())));
    const expected = [true, true, true, false, false, false, true, true];
    for (const network of [early, late, copied(early), copied(late)]) {
      expect([network.trainable, ...trainables(network)]).toEqual([false, ...expected]);
    }

    for (const name of ['lstm/bias', 'rnn/kernel', 'timeDistributed/bias']) {
      const parameter = late.parameters.find((each) => each.name === name) as Parameter;
      parameter.trainable = !parameter.trainable;
    }
    const changed = [true, true, false, true, false, false, true, false];
    for (const network of [late, copied(late), copied(copied(late))]) expect(trainables(network)).toEqual(changed);
  });

  it('know every layer that is exported', () => {
    const noLayers = ['input', 'layerFromConfig', 'networkFromConfig'];
    const names = Object.keys(exported).filter((name) => /^[a-z]/.test(name) && !noLayers.includes(name));
    const unknown = names.filter((type) => {
      try {
        return layerFromConfig({ type, options: {} }).type !== type;
      } catch (error) {
        return String(error).includes('is not known'); // others say which option is missing
      }
    });
    expect(unknown, 'add it to a table of config.ts under its `type`, or to `noLayers` here').toEqual([]);
  });

  it.each<[string, unknown, string]>([
    [
      'nothing',
      undefined,
      'the config is undefined. A config is { type, options }. Pass what toConfig() of a layer gave,',
    ],
    ['null', null, 'the config is null.'],
    ['a number', 5, 'the config is 5.'],
    ['a list', [{ type: 'lstm', options: {} }], 'the config is [an object with type, options].'],
    ['an empty object', {}, 'the config is an empty object.'],
    ['no options', { type: 'lstm' }, 'options of the config, of type "lstm", are undefined.'],
    ['an unknown type', { type: 'ltsm', options: {} }, 'layer type "ltsm" is not known.'],
    ['no layer inside', { type: 'timeDistributed', options: {} }, 'the layer in timeDistributed is undefined.'],
    ['no cell', { type: 'rnn', options: {} }, 'the cell of rnn is undefined.'],
    [
      'no other direction',
      { type: 'bidirectional', options: { layer: { type: 'lstm', options: { units: 1 } } } },
      'the backwardLayer in bidirectional is undefined.',
    ],
    ['no layers', { type: 'sequential', options: {} }, 'the layers of sequential are undefined. They are a list.'],
    [
      'a gap among layers',
      { type: 'sequential', options: { layers: [null], inputShape: [1] } },
      'layer 0 of sequential is null.',
    ],
    ['no inputs', { type: 'model', options: {} }, 'the inputs of a model are undefined.'],
    ['no nodes', { type: 'model', options: { inputs: [], layers: [] } }, 'the nodes of a model are undefined.'],
    [
      'a node of no layer',
      { type: 'model', options: { inputs: [], layers: [], nodes: [{ layer: 3 }] } },
      'the layer of node 0 is 3. It is the index of one of 0 layers.',
    ],
    [
      'a node without inputs',
      { type: 'model', options: { inputs: [], layers: [{ type: 'flatten', options: {} }], nodes: [{ layer: 0 }] } },
      'the initial states of node 0 are undefined.',
    ],
    [
      'an output of no node',
      { type: 'model', options: { inputs: [], layers: [], nodes: [], outputs: [[0, 0]] } },
      '[0, 0] is no place in a model. A place is [node, output] of a node before, or [-1, input].',
    ],
  ])('refuse %s', (_, config, message) => {
    for (const read of [layerFromConfig, networkFromConfig]) {
      const refused = expect(() => read(config as never));
      refused.toThrow(FormatError);
      refused.toThrow(`[${read.name}] ${message}`);
    }
  });

  it('take layers of your own by name', () => {
    const config = { type: 'lstm', options: { units: 1 } };
    expect(() => layerFromConfig(config, null as never)).toThrow(
      '[layerFromConfig] the layers of your own are null. They are factories by the type of the layer. Write { myLayer: (options) => new MyLayer(options) }.',
    );
  });

  it('refuse functions', () => {
    const network = sequential([dense({ units: 1, activation: (x) => x, inputShape: [2] })]);
    expect(() => network.toConfig()).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedError: [dense] activation is a function. A saved layer holds plain data. Use a name for activation, or save the weights only.]`,
    );
  });
});
