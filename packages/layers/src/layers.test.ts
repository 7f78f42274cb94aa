import {
  add,
  hostArray,
  memory,
  mul,
  onesInitializer,
  type Parameter,
  type Tensor,
  tensor,
  tidy,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  activation,
  bidirectional,
  Cell,
  concatenate,
  dense,
  dropout,
  embedding,
  flatten,
  gru,
  gruCell,
  input,
  Layer,
  lstm,
  masking,
  model,
  type Network,
  networkFromConfig,
  type PartialShape,
  repeatVector,
  reshape,
  rnn,
  sequential,
  simpleRnn,
  timeDistributed,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const ramp = (shape: number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
    { shape },
  );
};

const values = (x: Tensor): number[] => [...x.dataSync()];

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

it('embeddings start within ±0.05, or as PyTorch does', () => {
  const spread = (embeddingsInitializer?: 'standardNormal') => {
    const layer = embedding({ inputDim: 50, outputDim: 40, ...(embeddingsInitializer && { embeddingsInitializer }) });
    layer.call(tensor([[1]], { dtype: 'int32' }));
    const drawn = values(layer.parameters[0]!.value);
    return Math.sqrt(drawn.reduce((sum, value) => sum + value ** 2, 0) / drawn.length);
  };
  expect(spread()).toBeCloseTo(0.05 / Math.sqrt(3), 3);
  expect(spread('standardNormal')).toBeCloseTo(1, 1);
});

describe('stateful layers', () => {
  it('continue row by row, also after a smaller last batch', () => {
    const whole = lstm({ units: 3, name: 'lstm' });
    const carried = lstm({ units: 3, name: 'lstm', stateful: true });
    const x = ramp([2, 6, 2]);
    const part = (from: number, rows: number): Tensor =>
      tensor(
        Float32Array.from(
          { length: rows * 4 },
          (_, i) => x.dataSync()[Math.floor(i / 4) * 12 + from * 2 + (i % 4)] ?? 0,
        ),
        { shape: [rows, 2, 2] },
      );
    const expected = values(whole.call(x));
    carried.call(part(0, 2));
    carried.call(part(2, 2));
    expect(values(carried.call(part(4, 2)))).toEqual(expected.map((value) => expect.closeTo(value, 6)));
    carried.resetStates();
    carried.call(part(0, 2));
    carried.call(part(2, 1)); // only the first row
    const [, second] = [0, values(carried.call(part(2, 2)))];
    const twoSteps = lstm({ units: 3, name: 'lstm' });
    const row = tensor(x.dataSync().slice(12, 20), { shape: [1, 4, 2] });
    expect(second.slice(3)).toEqual(values(twoSteps.call(row)).map((value) => expect.closeTo(value, 6)));
    expect(() => carried.call(part(0, 3))).toThrow('the batch has 3 rows, the carried states have 2');
  });

  it('hand their states to a network of the same layers', () => {
    const build = (stateful = true) =>
      sequential([
        lstm({ units: 3, stateful, returnSequences: true, inputShape: [null, 2] }),
        sequential([rnn(gruCell({ units: 2 }), { stateful })]),
      ]);
    const [first, second] = [build(), build()];
    expect(first.states).toEqual([]);
    const x = ramp([2, 4, 2]);
    first.call(x);
    const names = first.states.map(({ name }) => name);
    expect(names).toEqual(['lstm/state0', 'lstm/state1', 'sequential/rnn/state0']);
    const states = Object.fromEntries(
      first.states.map(({ name, shape, value }) => [name, hostArray(value.dataSync(), shape)]),
    );
    second.build();
    second.writeStates(states);
    expect(values(second.call(x))).toEqual(values(first.call(x)));
    const other = build(false);
    other.build();
    other.writeStates(states);
    expect(other.states).toEqual([]);
    const wrong = { ...states, 'lstm/state1': hostArray([1, 2, 3], [1, 3]) };
    expect(() => second.writeStates(wrong)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [lstm] lstm/state1 is [1, 3]. States are [batch, units] with one batch; here that is [2, 3]. Write states that a network of the same layers carried.]`,
    );
  });
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
      `[ShapeError: [model] there are 1 inputs. The network takes 2: [batch, 4], [batch, 4]. Pass one tensor for each.]`,
    );
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
    const three = lstm({ units: 3 }).apply(series, { initialState: [h, c, h] });
    expect(() => model({ inputs: [series, h, c], outputs: three }).runAll(inputs)).toThrow(
      '[lstm] initialState holds 3 tensors. The layer has 2, each [batch, units]. Pass [h, c].',
    );
  });

  it('teach what is missing', () => {
    const [a, b] = [input({ shape: [2], name: 'a' }), input({ shape: [2], name: 'b' })];
    expect(() => model({ inputs: a, outputs: concatenate().apply([a, b]) })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [model] an output depends on an input b that is not among inputs. inputs names every input({ shape }) that the outputs are computed from. Add it to inputs.]`,
    );
  });
});

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
  });

  it('refuse functions', () => {
    const network = sequential([dense({ units: 1, activation: (x) => x, inputShape: [2] })]);
    expect(() => network.toConfig()).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedError: [dense] activation is a function. A saved layer holds plain data. Use a name for activation, or save the weights only.]`,
    );
  });
});

describe('the initial bias of the forget gate', () => {
  const bias = (options: object): number[] => {
    const layer = lstm({ units: 2, ...options });
    layer.build([[null, 3, 1]]);
    return values(layer.parameters[2]?.value as Tensor);
  };

  it('is 1, a number, or what biasInitializer says', () => {
    expect(bias({})).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
    expect(bias({ forgetBias: 2.5 })).toEqual([0, 0, 2.5, 2.5, 0, 0, 0, 0]);
    expect(bias({ biasInitializer: 'ones', forgetBias: -1 })).toEqual([1, 1, -1, -1, 1, 1, 1, 1]);
    expect(bias({ unitForgetBias: false })).toEqual(Array(8).fill(0));
    expect(() => bias({ unitForgetBias: false, forgetBias: 1 })).toThrow('unitForgetBias is false');
    expect(() => bias({ forgetBias: 'chron' })).toThrow("It is a number or 'chrono'.");
  });
});

describe('chrono initialization', () => {
  it('gives the forget gate memories up to the length, the input gate the negative', () => {
    const layer = lstm({ units: 50, forgetBias: 'chrono', inputShape: [100, 1] });
    layer.build([[null, 100, 1]]);
    const bias = values(layer.parameters[2]?.value as Tensor);
    const forget = bias.slice(50, 100);
    expect(bias.slice(0, 50)).toEqual(forget.map((value) => -value));
    expect(Math.max(...forget)).toBeLessThan(Math.log(99));
    expect(Math.min(...forget)).toBeGreaterThanOrEqual(0);
    const unknown = lstm({ units: 2, forgetBias: 'chrono' });
    expect(() => unknown.build([[null, null, 1]])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [lstm] forgetBias is 'chrono' and the length of the input is not known. Chrono initialization needs the longest span to remember, at least 2 steps. Give chronoMaxLength.]`,
    );
  });
});

describe('custom layers', () => {
  it('are one class', () => {
    class Scale extends Layer {
      readonly type: string = 'scale';
      #factor: Parameter | undefined;
      protected override create([shape]: readonly PartialShape[]): void {
        this.#factor = this.addParameter({ name: 'factor', shape: [shape?.at(-1) ?? 1], initializer: onesInitializer });
      }
      protected forward([x]: readonly Tensor[]): Tensor {
        return mul(x as Tensor, this.#factor?.value as Tensor);
      }
    }
    const network = sequential([dense({ units: 3, inputShape: [2] }), new Scale(), new Scale()]);
    network.build();
    expect(network.parameters.map(({ name }) => name)).toContain('scale_1/factor');
    expect(network.call(ramp([4, 2])).shape).toEqual([4, 3]);
  });

  it('can be frozen', () => {
    const layer = dense({ units: 1, trainable: false, inputShape: [2] });
    layer.build([[null, 2]]);
    expect(layer.parameters.every(({ trainable }) => !trainable)).toBe(true);
    layer.trainable = true;
    expect(layer.parameters.every(({ trainable }) => trainable)).toBe(true);
  });
});

describe('errors name the layer', () => {
  it.each<[string, () => unknown]>([
    ['returnSequences was forgotten', () => sequential([lstm({ units: 50, inputShape: [10, 1] }), lstm({ units: 2 })])],
    ['and at the first call', () => sequential([lstm({ units: 50 }), gru({ units: 2 })]).call(ramp([2, 3, 1]))],
    ['a feature axis is missing', () => sequential([lstm({ units: 50 }), dense({ units: 2 })]).call(ramp([32, 10]))],
    ['an unknown option', () => lstm({ unit: 3 } as never)],
    ['a number out of its range', () => lstm({ units: 0 })],
    ['an unknown activation', () => dense({ units: 1, activation: 'rleu' as never })],
    [
      'an unknown initializer',
      () => sequential([dense({ units: 1, kernelInitializer: 'glorot' as never, inputShape: [2] })]).build(),
    ],
    ['two layers of one name', () => sequential([dense({ units: 1, name: 'a' }), dense({ units: 1, name: 'a' })])],
    [
      'other features than before',
      () => {
        const layer = dense({ units: 1, name: 'head' });
        layer.call(ramp([1, 3]));
        layer.call(ramp([1, 4]));
      },
    ],
    ['a merge of nothing recurrent', () => bidirectional(dense({ units: 1 }))],
    [
      'a size that does not fit',
      () => sequential([dense({ units: 5, inputShape: [2] }), reshape({ targetShape: [2, 2] })]),
    ],
    [
      'a wrong number of states',
      () => tidy(() => lstm({ units: 2 }).call(ramp([1, 2, 2]), { initialState: [ramp([1, 2])] })),
    ],
    [
      'states for a layer that takes none',
      () => tidy(() => dense({ units: 2 }).call(ramp([1, 2]), { initialState: [ramp([1, 2])] })),
    ],
    [
      'states for a network without recurrent layers',
      () => tidy(() => sequential([dense({ units: 2 })]).runAll([ramp([1, 2])], { initialState: [ramp([1, 2])] })),
    ],
    [
      'states for a functional network',
      () => {
        const x = input({ shape: [3, 2] });
        const network = model({ inputs: x, outputs: lstm({ units: 2 }).apply(x) });
        return tidy(() => network.call(ramp([1, 3, 2]), { initialState: [ramp([1, 2]), ramp([1, 2])] }));
      },
    ],
    [
      'symbolic states for a layer that takes none',
      () => dense({ units: 2 }).apply(input({ shape: [2] }), { initialState: [input({ shape: [2] })] }),
    ],
    ['an unknown option of a call', () => lstm({ units: 2 }).call(ramp([1, 2, 2]), { masks: ramp([1, 2]) } as never)],
    ['no shape', () => sequential([dense({ units: 1 })]).summary()],
    ['what cannot stream', () => bidirectional(lstm({ units: 1 })).sessionLayers()],
  ])('%s', (_, body) => {
    expect(body).toThrowErrorMatchingSnapshot();
  });
});

it('a layer that takes assigned weights draws none', () => {
  const layer = dense({ units: 1, kernelInitializer: () => expect.unreachable(), inputShape: [2] });
  layer.build([[null, 2]]);
  layer.parameters[0]?.assign(hostArray([[1], [2]]));
  expect(values(layer.call(tensor([[3, 4]])))).toEqual([11]);
});
