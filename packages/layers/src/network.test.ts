import {
  DisposedError,
  hostArray,
  memory,
  mul,
  onesInitializer,
  openSession,
  type Tensor,
  tensor,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { ramp, values } from '../test/tensors.ts';
import {
  activation,
  bidirectional,
  dense,
  dropout,
  embedding,
  flatten,
  gru,
  gruCell,
  input,
  Layer,
  layerNormalization,
  lstm,
  masking,
  model,
  type Network,
  networkFromConfig,
  repeatVector,
  rnn,
  sequential,
  timeDistributed,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const tokens = (): Tensor => tensor([[3, 1, 0]], { dtype: 'int32' });

describe('networks inside networks', () => {
  it('take masks of int32, wherever they are used', () => {
    const [x, tokens] = [
      ramp([2, 3, 2]),
      tensor(
        [
          [1, 2, 3],
          [4, 1, 2],
        ],
        { dtype: 'int32' },
      ),
    ];
    const mask = (dtype: 'int32' | 'float32'): Tensor =>
      tensor(
        [
          [1, 1, 0],
          [1, 0, 0],
        ],
        { dtype },
      );
    for (const [make, input] of [
      [() => lstm({ units: 2 }), x],
      [() => rnn(gruCell({ units: 2 })), x],
      [() => masking(), x],
      [() => embedding({ inputDim: 5, outputDim: 2, maskZero: true }), tokens],
      [() => sequential([masking(), rnn(gruCell({ units: 2 }))]), x],
      [() => sequential([embedding({ inputDim: 5, outputDim: 2, maskZero: true }), lstm({ units: 2 })]), tokens],
    ] as const) {
      const [whole, float] = (['int32', 'float32'] as const).map((dtype) => {
        const layer = make();
        const called = layer.call(input, { mask: mask(dtype) });
        const { outputs, masks } = sequential([layer]).runAll([input], { mask: mask(dtype) });
        return [called, ...outputs, ...masks].map(values);
      });
      expect(whole).toEqual(float);
    }
  });

  it('pass the masks on that they make', () => {
    const words = sequential([embedding({ inputDim: 5, outputDim: 2, maskZero: true })]);
    const network = sequential([words, lstm({ units: 2, returnSequences: true })]);
    expect(network.runAll([tokens()]).masks.map(values)).toEqual([[1, 1, 0]]);
    const ending = sequential([sequential([lstm({ units: 2 })])]);
    expect(ending.runAll([ramp([1, 2, 2])], { mask: tensor([[1, 0]]) }).masks).toEqual([undefined]);
  });

  it('name parameters by their place', () => {
    const a = input({ shape: [2] });
    const inner = model({ inputs: a, outputs: dense({ units: 2 }).apply(a) });
    const b = input({ shape: [2] });
    const network = model({ inputs: b, outputs: dense({ units: 1 }).apply(inner.apply(b)) });
    expect(network.parameters.map(({ name }) => name)).toEqual([
      'model/dense/kernel',
      'model/dense/bias',
      'dense/kernel',
      'dense/bias',
    ]);
    const copy = networkFromConfig(JSON.parse(JSON.stringify(network.toConfig())));
    expect(values(copy.call(ramp([1, 2])))).toEqual(values(network.call(ramp([1, 2]))));
  });

  it('tell the network around them what they take', () => {
    const a = input({ shape: [2] });
    const inner = model({ inputs: a, outputs: dense({ units: 2 }).apply(a) });
    const network = sequential([inner, dense({ units: 1 })]);
    expect(network.inputShapes).toEqual([[null, 2]]);
    const copy = networkFromConfig(JSON.parse(JSON.stringify(network.toConfig())));
    expect(copy.parameters.map(({ name }) => name)).toEqual(network.parameters.map(({ name }) => name));
  });
});

describe('parameters', () => {
  it('are there as soon as the shape of the input is known, without values', () => {
    const network = sequential([lstm({ units: 50, inputShape: [10, 1] }), dense({ units: 1 })]);
    expect(network.parameters.map(({ shape }) => shape.join('x'))).toEqual(['1x200', '50x200', '200', '50x1', '1']);
    expect(network.parameters.every(({ initialized }) => !initialized)).toBe(true);
    expect(sequential([dense({ units: 1 })]).parameters).toEqual([]);
  });

  it('exist once in a layer that stands twice', () => {
    const shared = dense({ units: 2, inputShape: [2] });
    const network = sequential([shared, shared]).add(dense({ units: 1 }));
    expect(network.parameters).toHaveLength(4);
    expect(network.call(ramp([3, 2])).shape).toEqual([3, 1]);
  });

  it('that are made untrainable stay so when a layer is unfrozen', () => {
    class Counted extends Layer {
      readonly type: string = 'counted';
      protected override create(): void {
        this.addParameter({ name: 'scale', shape: [1], initializer: onesInitializer });
        this.addParameter({ name: 'count', shape: [1], initializer: onesInitializer, trainable: false });
      }
      protected forward([x]: readonly Tensor[]): Tensor {
        return x as Tensor;
      }
    }
    const layer = new Counted();
    layer.build([[null, 1]]);
    layer.trainable = false;
    layer.trainable = true;
    expect(layer.parameters.map(({ trainable }) => trainable)).toEqual([true, false]);
  });

  it('are not left half made by a failure', () => {
    const layer = lstm({ units: 2, forgetBias: 'chrono' });
    expect(() => layer.build([[null, null, 1]])).toThrow('Give chronoMaxLength.');
    expect(layer.built).toBe(false);
    layer.build([[null, 5, 1]]);
    expect(layer.parameters).toHaveLength(3);
  });
});

describe('what a call returns', () => {
  it('are handles of their own', () => {
    const a = input({ shape: [3, 2] });
    const all = lstm({ units: 2, returnState: true }).applyAll(a);
    const network = model({ inputs: a, outputs: [a, ...all] });
    const [x, mask] = [ramp([1, 3, 2]), tensor([[1, 1, 0]])];
    const { outputs, masks } = network.runAll([x], { mask });
    expect(new Set(outputs).size).toBe(4);
    for (const handle of [...outputs, ...masks]) handle?.dispose();
    expect([x.disposed, mask.disposed]).toEqual([false, false]);
    const y = lstm({ units: 2, returnState: true }).call(x);
    expect(y.disposed).toBe(false);
  });

  it('is all that is left behind', () => {
    const [a, b] = [input({ shape: [null, 2] }), input({ shape: [3] })];
    const [y, h, c] = lstm({ units: 3, returnSequences: true, returnState: true, dropout: 0.5 }).applyAll(a) as [
      never,
      never,
      never,
    ];
    const decoded = gru({ units: 3, returnSequences: true }).apply(y, { initialState: [h] });
    const network = model({ inputs: [a, b], outputs: [decoded, dense({ units: 1 }).apply(b), c] });
    const inputs = [ramp([2, 4, 2]), ramp([2, 3])];
    const mask = tensor([
      [1, 1, 1, 0],
      [1, 0, 0, 0],
    ]);
    const run = (): void => {
      const { outputs, masks } = network.runAll(inputs, { training: true, step: 1, mask });
      for (const handle of [...outputs, ...masks]) handle?.dispose();
    };
    run();
    const before = memory().tensors;
    run();
    expect(memory().tensors).toBe(before);
  });
});

describe('streams', () => {
  it('are the layers of a chain', () => {
    const a = input({ shape: [null, 2] });
    const network = model({ inputs: a, outputs: dense({ units: 1 }).apply(gru({ units: 3 }).apply(a)) });
    expect(network.sessionLayers().map(({ kind }) => kind)).toEqual(['gru', 'linear']);
    const stack = sequential([embedding({ inputDim: 9, outputDim: 2, inputShape: [null] }), dropout({ rate: 0.5 })]);
    stack.add(lstm({ units: 3 })).add(dense({ units: 4, activation: 'softmax' }));
    expect(stack.sessionLayers().map(({ kind }) => kind)).toEqual(['embedding', 'lstm', 'linear', 'softmax']);
  });

  const twice = (stateful: boolean): Network => {
    const a = input({ shape: [null, 2] });
    const [memory, head] = [lstm({ units: 2, returnSequences: true, stateful }), dense({ units: 2 })];
    return model({ inputs: a, outputs: head.apply(head.apply(memory.apply(memory.apply(a)))) });
  };

  it('run a layer as often as it was applied, with a state for each time', () => {
    const network = twice(false);
    const x = ramp([1, 3, 2]);
    const expected = values(network.call(x));
    const session = openSession(network.sessionLayers(), {}, network.sessionKinds);
    const steps = [0, 1, 2].map((t) => [...session.step(Float32Array.from(values(x).slice(2 * t, 2 * t + 2)))]);
    expect(steps.flat()).toEqual(expected.map((value) => expect.closeTo(value, 6)));
    session.dispose();
  });

  it('run layerNormalization and activations that kernels do not know, also before the first layer with weights', () => {
    const network = sequential([
      activation({ activation: (x) => mul(x, 2), inputShape: [null, 2] }),
      layerNormalization(),
      lstm({ units: 3, returnSequences: true }),
      layerNormalization({ center: false, scale: false }),
      dense({ units: 4, activation: 'gelu' }),
      activation({ activation: 'elu' }),
      activation({ activation: 'logSoftmax' }),
    ]);
    const x = ramp([1, 3, 2]);
    const expected = values(network.call(x));
    const session = openSession(network.sessionLayers(), {}, network.sessionKinds);
    expect([session.inputSize, session.outputSize]).toEqual([2, 4]);
    const steps = [0, 1, 2].map((t) => [...session.step(Float32Array.from(values(x).slice(2 * t, 2 * t + 2)))]);
    expect(steps.flat()).toEqual(expected.map((value) => expect.closeTo(value, 6)));
    session.dispose();
    const unweighted = sequential([activation({ activation: 'elu', inputShape: [null, 2] })]);
    expect(() => openSession(unweighted.sessionLayers(), {}, unweighted.sessionKinds)).toThrow(
      '[session] no layer has weights. A session has a layer with weights',
    );
  });

  it.each([
    ['a masking', masking(), 'It leaves steps of padding out, and a stream has none: each call is a step.'],
    ['a repeatVector', repeatVector({ n: 2 }), 'It makes a sequence of one vector'],
  ])('%s layer says why it has none', (what, layer, reason) => {
    expect(() => layer.sessionLayers()).toThrow(`${what} layer cannot be streamed. ${reason}`);
    expect(() => layer.sessionLayers()).toThrow('Predict whole sequences instead.');
  });

  it('say what to do about branches', () => {
    const series = input({ shape: [null, 1] });
    const outputs = [lstm({ units: 1 }), lstm({ units: 1 })].map((layer) => layer.apply(series));
    expect(() => model({ inputs: series, outputs }).sessionLayers()).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedError: [model] a model layer cannot be streamed. Its layers branch, and a stream is a chain of layers with one input and one output. Give the recurrent layers stateful: true and predict sequences of one step, or predict whole sequences.]`,
    );
  });

  it('refuse a stateful layer that was applied twice', () => {
    expect(() => twice(true).sessionLayers()).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedError: [lstm] the layer is stateful and comes twice. The second time it starts where the first one ended, which a stream does not know. Leave stateful out, or predict whole sequences.]`,
    );
  });

  it('refuse steps that are no vectors', () => {
    const inner = timeDistributed(lstm({ units: 2 }), { inputShape: [null, 4, 3] });
    expect(() => sequential([inner, lstm({ units: 2 })]).sessionLayers()).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedError: [timeDistributed] an input or output is [batch, time, 4, 3]. A step of a stream is a vector: the features, or one token. Give the recurrent layers stateful: true and predict sequences of one step, or predict whole sequences.]`,
    );
    expect(() => sequential([dense({ units: 2, inputShape: [null, 4, 3] })]).sessionLayers()).toThrow(
      'A step of a stream is a vector',
    );
    const steps = timeDistributed(dense({ units: 2 }), { inputShape: [null, 3] });
    const [layer] = sequential([steps]).sessionLayers();
    expect(layer?.kind).toBe('linear');
  });
});

it('a stream refuses the padding that maskZero hides from layers', () => {
  const network = sequential([
    embedding({ inputDim: 5, outputDim: 2, maskZero: true, inputShape: [null] }),
    lstm({ units: 2 }),
  ]);
  network.build();
  const session = openSession(network.sessionLayers(), {}, network.sessionKinds);
  const state = session.step(Float32Array.of(3));
  expect(() => session.step(Float32Array.of(0))).toThrow('With maskZero token 0 is padding');
  const skipped = values(network.call(tensor([[3, 0]], { dtype: 'int32' })));
  state.forEach((value, i) => void expect(value).toBeCloseTo(skipped[i] as number, 6));
  session.dispose();
});

describe('errors look behind layers that keep the axes', () => {
  const first = (): Layer => lstm({ units: 3, inputShape: [4, 1] });
  it.each<[string, () => unknown]>([
    ['dropout between', () => sequential([first(), dropout({ rate: 0.2 }), lstm({ units: 2 })])],
    [
      'a bidirectional layer before',
      () => sequential([bidirectional(gru({ units: 2 }), { inputShape: [4, 1] }), lstm({ units: 2 })]),
    ],
    ['timeDistributed after', () => sequential([first(), timeDistributed(dense({ units: 2 }))])],
    [
      'in a functional network',
      () => {
        const x = activation({ activation: 'relu' }).apply(
          lstm({ units: 3, name: 'encoder' }).apply(input({ shape: [4, 1] })),
        );
        return bidirectional(lstm({ units: 2 })).apply(x);
      },
    ],
    [
      'an axis of any length where features are needed',
      () => sequential([flatten({ inputShape: [null, 2] }), dense({ units: 1 })]).build(),
    ],
    ['a factory that was not called', () => sequential([lstm as never])],
    [
      'an input of another shape',
      () => {
        const a = input({ shape: [4], name: 'prices' });
        return model({ inputs: a, outputs: activation({ activation: 'relu' }).apply(a) }).runAll([ramp([2, 9])]);
      },
    ],
    [
      'parameters of one name',
      () => {
        const used = dense({ units: 2 });
        used.call(ramp([1, 2]));
        return sequential([dense({ units: 2, inputShape: [2] }), used]).build();
      },
    ],
    [
      'directions of two forms',
      () => bidirectional(lstm({ units: 2, returnSequences: true }), { backwardLayer: gru({ units: 2 }) }),
    ],
    ['no cell', () => rnn(dense({ units: 1 }) as never)],
  ])('%s', (_, body) => {
    expect(body).toThrowErrorMatchingSnapshot();
  });
});

describe('masking', () => {
  it('adds to the mask that it gets', () => {
    const x = tensor([[[1], [0], [2], [3]]]);
    const { outputs, masks } = sequential([masking()]).runAll([x], { mask: tensor([[0, 1, 1, 1]]) });
    expect([values(masks[0]), values(outputs[0])]).toEqual([
      [0, 0, 1, 1],
      [0, 0, 2, 3],
    ]);
    const words = sequential([embedding({ inputDim: 5, outputDim: 1, maskZero: true })]);
    expect(values(words.runAll([tokens()], { mask: tensor([[0, 1, 1]]) }).masks[0])).toEqual([0, 1, 0]);
  });
});

it('assigned weights take the place of drawn ones in a whole network', () => {
  const initializer = (): never => expect.unreachable();
  const network = sequential([
    lstm({ units: 1, kernelInitializer: initializer, recurrentInitializer: initializer, inputShape: [2, 1] }),
  ]);
  for (const parameter of network.parameters) {
    parameter.assign(hostArray(new Float32Array(4), parameter.shape));
  }
  expect(values(network.call(ramp([1, 2, 1])))).toEqual([0]);
});

it('both outputs of two directions that are not merged have the mask', () => {
  const directions = () => bidirectional(lstm({ units: 1, returnSequences: true }), { mergeMode: null });
  const series = input({ shape: [2, 1] });
  const graph = model({ inputs: series, outputs: directions().applyAll(masking({ maskValue: -1 }).apply(series)) });
  for (const network of [graph, sequential([masking({ maskValue: -1 }), directions()])]) {
    const { masks } = network.runAll([tensor([[[5], [-1]]])]);
    expect(masks.map((mask) => mask && values(mask))).toEqual([
      [1, 0],
      [1, 0],
    ]);
  }
});

it('is of no use any more once it was disposed', () => {
  const network = sequential([lstm({ units: 1, inputShape: [2, 1] }), dense({ units: 1 })]);
  const x = ramp([1, 2, 1]);
  network.call(x).dispose();
  network.dispose();
  expect(() => network.call(x)).toThrow(
    '[lstm/kernel] the parameter was disposed. It holds no values any more. Load or make the network again, or assign values.',
  );
  expect(() => network.parameters[0]?.value).toThrow(DisposedError);
});

it('lives where it was moved to before it was built', async () => {
  const backend = reference();
  const network = sequential([lstm({ units: 1, inputShape: [2, 1] }), dense({ units: 1 })]);
  await network.to(backend);
  expect(network.call(tensor([[[1], [2]]], { backend })).backend).toBe(backend);
});
