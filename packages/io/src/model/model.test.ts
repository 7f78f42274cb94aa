import {
  add,
  type HostArray,
  hostArray,
  memory,
  mul,
  onesInitializer,
  Parameter,
  type Tensor,
  tensor,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
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
  input,
  Layer,
  type LayerOptions,
  layerNormalization,
  lstm,
  masking,
  model,
  type Network,
  type PartialShape,
  repeatVector,
  reshape,
  rnn,
  sequential,
  simpleRnn,
  timeDistributed,
} from '@lstm/layers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeSafetensors, encodeSafetensors, loadModel, loadWeights, saveModel } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const ramp = (shape: readonly number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
    { shape },
  );
};

const tokens = (): Tensor => tensor(Int32Array.of(1, 2, 0, 3, 0, 0), { shape: [2, 3] });

/** A layer of a user's own. */
class Scale extends Layer {
  readonly type: string = 'scale';
  readonly #by: number;
  #factor: Parameter | undefined;
  constructor({ by = 1, ...options }: LayerOptions & { readonly by?: number } = {}) {
    super('scale', options);
    this.#by = by;
  }
  override toConfig(): ReturnType<Layer['toConfig']> {
    const { type, options } = super.toConfig();
    return { type, options: { ...options, by: this.#by } };
  }
  protected override create([shape]: readonly PartialShape[]): void {
    this.#factor = this.addParameter({ name: 'factor', shape: [shape?.at(-1) ?? 1], initializer: onesInitializer });
  }
  protected forward([x]: readonly Tensor[]): Tensor {
    return mul(mul(x as Tensor, this.#factor?.value ?? 1), this.#by);
  }
}

class Leaky extends Cell {
  readonly type: string = 'leaky';
  readonly outputSize: number = 3;
  readonly stateSizes: readonly number[] = [3];
  #rate: Parameter | undefined;
  protected override create(): void {
    this.#rate = this.addParameter({ name: 'rate', shape: [3], initializer: onesInitializer });
  }
  protected forward([x, h]: readonly Tensor[]): readonly Tensor[] {
    const next = add(x as Tensor, mul(h as Tensor, this.#rate?.value ?? 1));
    return [next, next];
  }
}

const custom = {
  scale: (options: LayerOptions & { readonly by?: number }): Layer => new Scale(options),
  leaky: (options: LayerOptions): Layer => new Leaky('leaky', options),
};

function functional(): Network {
  const series = input({ shape: [5, 3], name: 'series' });
  const fixed = input({ shape: [4] });
  const [sequence, h, c] = lstm({ units: 4, returnSequences: true, returnState: true }).applyAll(series);
  const second = lstm({ units: 4 }).apply(sequence as never, { initialState: [h as never, c as never] });
  const shared = dense({ units: 2 });
  const joined = concatenate().apply([shared.apply(second), shared.apply(fixed)]);
  return model({ inputs: [series, fixed], outputs: [joined, dense({ units: 1 }).apply(joined)], seed: 5 });
}

const networks: readonly (readonly [string, () => Network, () => Tensor[]])[] = [
  [
    'recurrent layers with dropout and normalization',
    () =>
      sequential(
        [
          lstm({ units: 6, returnSequences: true, inputShape: [null, 3], dropout: 0.2, forgetBias: 2 }),
          layerNormalization(),
          gru({ units: 4, returnSequences: true, resetAfter: false }),
          simpleRnn({ units: 3 }),
          dropout({ rate: 0.5 }),
          dense({ units: 2, activation: 'softmax', trainable: false }),
        ],
        { name: 'forecaster', seed: 9 },
      ),
    () => [ramp([2, 5, 3])],
  ],
  [
    'embedding, masking and both directions',
    () =>
      sequential([
        embedding({ inputDim: 5, outputDim: 3, maskZero: true, inputShape: [null] }),
        bidirectional(lstm({ units: 2, returnSequences: true }), { mergeMode: 'sum' }),
        bidirectional(gru({ units: 2 }), { backwardLayer: gru({ units: 2, useBias: false }) }),
        dense({ units: 1 }),
      ]),
    () => [tokens()],
  ],
  [
    'layers that change shapes',
    () =>
      sequential([
        masking({ maskValue: -1, inputShape: [4, 3] }),
        timeDistributed(dense({ units: 2 })),
        activation({ activation: 'relu' }),
        flatten(),
        repeatVector({ n: 2 }),
        reshape({ targetShape: [4, 4] }),
        simpleRnn({ units: 2, stateful: true }),
      ]),
    () => [ramp([2, 4, 3])],
  ],
  [
    'a network within a network',
    () => sequential([sequential([dense({ units: 3, inputShape: [2] })]), dense({ units: 1 })]),
    () => [ramp([4, 2])],
  ],
  ['a graph with shared layers, states, several inputs and outputs', functional, () => [ramp([2, 5, 3]), ramp([2, 4])]],
  [
    'layers of the user',
    () => sequential([rnn(new Leaky('leaky'), { inputShape: [4, 3] }), new Scale({ by: 3 })]),
    () => [ramp([2, 4, 3])],
  ],
];

async function outputsOf(network: Network, inputs: readonly Tensor[]): Promise<unknown[]> {
  return Promise.all(network.callAll(inputs).map(async (y) => [y.shape, await y.data()]));
}

/** Gives every parameter values that no initializer gives. */
function disturb(network: Network): void {
  network.build();
  network.parameters.forEach((parameter, i) => {
    const size = parameter.shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, (_, j) => Math.fround(Math.cos(1 + i + 7 * j) / 3));
    parameter.assign({ data, shape: parameter.shape });
  });
}

describe('a saved model', () => {
  it.each(networks)('gives back %s bit for bit', async (_, create, inputs) => {
    const network = create();
    disturb(network);
    const expected = await outputsOf(network, inputs());
    const bytes = await saveModel(network);
    const { network: loaded, optimizer, extra } = loadModel(bytes, { layers: custom });
    expect(await outputsOf(loaded, inputs())).toEqual(expected);
    expect(loaded.toConfig()).toEqual(network.toConfig());
    expect(loaded.parameters.map(({ name, trainable }) => [name, trainable])).toEqual(
      network.parameters.map(({ name, trainable }) => [name, trainable]),
    );
    expect([optimizer, extra]).toEqual([undefined, undefined]);
    expect(decodeSafetensors(await saveModel(loaded)).tensors).toEqual(decodeSafetensors(bytes).tensors);
  });

  it('holds a network whose input was known from data only', async () => {
    const network = sequential([lstm({ units: 2 }), dense({ units: 1 })]);
    const expected = await outputsOf(network, [ramp([1, 4, 3])]);
    const { network: loaded } = loadModel(await saveModel(network));
    expect(await outputsOf(loaded, [ramp([1, 4, 3])])).toEqual(expected);
  });

  it('is an ordinary safetensors file', async () => {
    const network = sequential([dense({ units: 1, inputShape: [2] })]);
    const { tensors, metadata } = decodeSafetensors(await saveModel(network));
    expect(Object.keys(tensors)).toEqual(['dense/bias', 'dense/kernel']);
    expect({ ...metadata }).toEqual({
      'lstm.version': '1',
      'lstm.network': JSON.stringify(network.toConfig()),
    });
  });

  it('takes the values at the time of the call', async () => {
    const network = sequential([dense({ units: 1, inputShape: [1] })]);
    disturb(network);
    const [kernel] = network.parameters as [Parameter];
    const before = await kernel.value.data();
    const saving = saveModel(network);
    kernel.assign(hostArray([[100]]));
    expect(decodeSafetensors(await saving).tensors['dense/kernel']?.data).toEqual(before);
  });

  it('holds an optimizer and what the user adds', async () => {
    const network = sequential([dense({ units: 1, inputShape: [2] })]);
    const optimizer = {
      config: { rule: { kind: 'adam', beta1: 0.9 }, learningRate: 1e-3 },
      iterations: 12,
      slots: {
        'dense/kernel/mean': hostArray([[0.1], [Number.NaN]]),
        'dense/kernel/variance': hostArray(Float64Array.of(1e-300, 2), [2, 1]),
      },
    };
    const extra = { scaler: { mean: [0.1, 1e-300], kind: 'standard' }, note: 'größe', none: null, on: true };
    const bytes = await saveModel(network, { optimizer, extra });
    const loaded = loadModel(bytes);
    expect(loaded.extra).toEqual(extra);
    expect({ ...loaded.optimizer, slots: { ...loaded.optimizer?.slots } }).toEqual(optimizer);
    const again = loadModel(await saveModel(loaded.network, { optimizer: loaded.optimizer, extra: loaded.extra }));
    expect([again.optimizer, again.extra]).toEqual([loaded.optimizer, loaded.extra]);
  });

  it('keeps a layer named optimizer apart from the optimizer', async () => {
    const network = sequential([dense({ units: 1, inputShape: [1], name: 'optimizer' })]);
    const slots = { 'optimizer/kernel': hostArray([[7]]) };
    const loaded = loadModel(await saveModel(network, { optimizer: { config: null, iterations: 0, slots } }));
    expect({ ...loaded.optimizer?.slots }).toEqual(slots);
    expect(loaded.network.parameters.map(({ name }) => name)).toEqual(['optimizer/kernel', 'optimizer/bias']);
  });

  it('holds carried states where they are asked for', async () => {
    const network = sequential([lstm({ units: 2, inputShape: [3, 1], stateful: true })]);
    network.call(ramp([2, 3, 1]));
    const bytes = await saveModel(network, { states: true });
    const loaded = loadModel(bytes);
    expect(Object.keys(loaded.states)).toEqual(['lstm/state0', 'lstm/state1']);
    expect(await outputsOf(loaded.network, [ramp([2, 3, 1])])).not.toEqual(await outputsOf(network, [ramp([2, 3, 1])]));
    loaded.network.writeStates(loadModel(await saveModel(network, { states: true })).states);
    expect(await outputsOf(loaded.network, [ramp([2, 3, 1])])).toEqual(await outputsOf(network, [ramp([2, 3, 1])]));
    loadWeights(loaded.network, bytes);
    expect({ ...loadModel(await saveModel(network)).states }).toEqual({});
  });

  it('is loaded without a leak and without an initializer', async () => {
    const network = sequential([gru({ units: 3, inputShape: [4, 2] }), dense({ units: 1 })]);
    const bytes = await saveModel(network);
    const before = memory().tensors;
    const drawn = vi.spyOn(Parameter.prototype, 'value', 'get');
    const { network: loaded } = loadModel(bytes);
    expect(drawn).not.toHaveBeenCalled();
    drawn.mockRestore();
    expect(loaded.parameters.every(({ initialized }) => initialized)).toBe(true);
    expect(memory().tensors - before).toBe(loaded.parameters.length);
    loaded.dispose();
    expect(memory().tensors).toBe(before);
  });
});

describe('saveModel refuses', () => {
  const network = sequential([dense({ units: 1, inputShape: [1] })]);
  const message = async (save: Promise<unknown>): Promise<string> => {
    try {
      await save;
    } catch (error) {
      return String(error);
    }
    return 'was saved';
  };

  it('what JSON would change', async () => {
    const loop: unknown[] = [];
    loop.push({ loop });
    const extras = [
      { scaler: { mean: Float32Array.of(1) } },
      { values: [1, Number.NaN] },
      { when: new Date(0) },
      { seen: new Map() },
      [undefined],
      loop,
      { big: 1n },
      () => 1,
      JSON.parse('{"__proto__": 1}'),
    ];
    const messages = await Promise.all(extras.map((extra) => message(saveModel(network, { extra }))));
    expect(messages.map((text) => text.replace(/ It is written as JSON: .*$/, ''))).toMatchInlineSnapshot(`
      [
        "OptionError: [saveModel] extra.scaler.mean is a Float32Array.",
        "OptionError: [saveModel] extra.values[1] is NaN.",
        "OptionError: [saveModel] extra.when is a Date.",
        "OptionError: [saveModel] extra.seen is a Map.",
        "OptionError: [saveModel] extra[0] is undefined.",
        "OptionError: [saveModel] extra[0].loop is part of itself.",
        "OptionError: [saveModel] extra.big is a bigint.",
        "OptionError: [saveModel] extra is a function.",
        "OptionError: [saveModel] extra.__proto__ is a name that is not read again.",
      ]
    `);
    expect(messages[0]).toMatchInlineSnapshot(
      `"OptionError: [saveModel] extra.scaler.mean is a Float32Array. It is written as JSON: text, finite numbers, true, false, null, lists and plain objects of them. Convert it first, a typed array for example with Array.from."`,
    );
    expect(await message(saveModel(network, { extra: { left: undefined } }))).toBe('was saved');
  });

  it('a name that it keeps, a network without a shape, a function, an unknown option', async () => {
    const state = { config: {}, iterations: 1.5, slots: {} };
    expect(await message(saveModel(network, { optimizer: state }))).toMatchInlineSnapshot(
      `"OptionError: [saveModel] optimizer.iterations is 1.5. optimizer.iterations is an integer of at least 0. Write for example optimizer.iterations: 2."`,
    );
    expect(await message(saveModel(sequential([dense({ units: 1 })])))).toMatchInlineSnapshot(
      `"OptionError: [sequential] the shape of the input is not known. Parameters are made for an input of known features. Give the first layer an inputShape, for example [10, 1], or call the network once."`,
    );
    expect(
      await message(saveModel(sequential([dense({ units: 1, inputShape: [1], name: 'optimizer:a' })]))),
    ).toMatchInlineSnapshot(
      `"OptionError: [saveModel] parameter optimizer:a/kernel begins with optimizer:. A file keeps optimizer: for what is no parameter. Rename the layer."`,
    );
    expect(await message(saveModel(network, { weights: true } as never))).toMatchInlineSnapshot(
      `"OptionError: [saveModel] option weights is unknown. Options are optimizer, states, extra. Did you mean states?"`,
    );
    expect(
      await message(saveModel(sequential([dense({ units: 1, inputShape: [1], kernelInitializer: onesInitializer })]))),
    ).toMatchInlineSnapshot(
      `"UnsupportedError: [dense] kernelInitializer is a function. A saved layer holds plain data. Use a name for kernelInitializer, or save the weights only."`,
    );
  });
});

describe('loadModel refuses', () => {
  const refusal = (bytes: Uint8Array): (() => unknown) => {
    return () => loadModel(bytes);
  };
  const file = (metadata: Record<string, string>, tensors: Record<string, HostArray> = {}): Uint8Array =>
    encodeSafetensors(tensors, { 'lstm.version': '1', ...metadata });
  const config = (value: unknown): Record<string, string> => ({ 'lstm.network': JSON.stringify(value) });

  it('a file of another version, without a network, or with an unusable one', () => {
    expect(refusal(encodeSafetensors({ x: hostArray(1) }))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [loadModel] the file holds tensors and no network. A whole model is a file of saveModel. Make the network in code and call loadWeights(network, bytes).]`,
    );
    expect(refusal(file({ 'lstm.version': '2', 'lstm.network': '?' }))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [loadModel] the file was written in version 2 of the model format. This @lstm/io reads version 1. Install a newer @lstm/io.]`,
    );
    expect(refusal(file({ 'lstm.version': '0', 'lstm.network': '?' }))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [loadModel] lstm.version in the file is "0". It is the number of a version, from 1. Save the model again with saveModel.]`,
    );
    expect(refusal(file({ 'lstm.network': '{' }))).toThrow(/lstm.network in the file is not usable/);
    expect(refusal(file({ 'lstm.network': '{"type":"sequential","__proto__":{}}' }))).toThrow(/__proto__ stands in it/);
    expect(refusal(file(config({ type: 'attention', options: {} })))).toThrow('layer type "attention" is not known.');
    expect(refusal(file(config({ type: 'dense', options: { units: 1 } })))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [networkFromConfig] the config is of a dense. A network is sequential or a model.]`,
    );
    const misspelled = { type: 'sequential', options: { layers: [{ type: 'lstm', options: { unit: 1 } }] } };
    expect(refusal(file(config(misspelled)))).toThrow(
      /^\[loadModel\] lstm.network in the file makes no network \(\[lstm\] option unit is unknown\. .*\)\. It is what toConfig\(\) of a network returned\. Save the model again with saveModel\.$/,
    );
    const optimizer = { 'lstm.optimizer': '{"config":{},"iterations":-1}' };
    expect(refusal(file({ 'lstm.network': '{}', ...optimizer }))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [loadModel] lstm.optimizer in the file has no number of iterations. It counts the updates done so far, from 0. Save the model again with saveModel.]`,
    );
  });

  it.each([
    'null',
    '1',
    '[]',
    '{"type":1}',
    '{"type":"constructor","options":{}}',
    '{"type":"sequential"}',
    '{"type":"sequential","options":{"layers":5}}',
    '{"type":"sequential","options":{"layers":[]}}',
    '{"type":"sequential","options":{"layers":[null]}}',
    '{"type":"model","options":{"inputs":[{"shape":[1]}],"layers":[],"nodes":[{"layer":0,"inputs":[],"initialState":[]}],"outputs":[]}}',
    '{"type":"model","options":{"inputs":[],"layers":[],"nodes":[],"outputs":[[0,0]]}}',
    `${'{"type":"bidirectional","options":{"layer":'.repeat(20_000)}1${'}}'.repeat(20_000)}`,
  ])('the config %#', (text) => {
    expect(refusal(file({ 'lstm.network': text }))).toThrow(expect.objectContaining({ code: 'format' }));
  });

  it('tensors that do not fit the config', async () => {
    const { tensors, metadata } = decodeSafetensors(
      await saveModel(sequential([dense({ units: 1, inputShape: [2] })])),
    );
    const { 'dense/bias': _, ...rest } = tensors;
    expect(refusal(encodeSafetensors(rest, metadata))).toThrow('dense/bias [1] is missing in the file');
    expect(refusal(encodeSafetensors({ ...tensors, 'optimizer:x': hostArray(1) }, metadata))).toThrow(
      'optimizer:x [] is not in the network',
    );
  });

  it('a network of a size that the file does not hold, before it is made', () => {
    const huge = { type: 'dense', options: { units: 2 ** 40, inputShape: [2 ** 40] } };
    expect(refusal(file(config({ type: 'sequential', options: { layers: [huge] } })))).toThrow(
      'dense/kernel [1099511627776, 1099511627776] is missing in the file',
    );
  });

  it('options that it does not know', () => {
    expect(() => loadModel(file({}), { layer: {} } as never)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [loadModel] option layer is unknown. Options are layers. Did you mean layers?]`,
    );
  });
});

describe('loadWeights', () => {
  const create = (): Network => sequential([lstm({ units: 2, inputShape: [4, 1] }), dense({ units: 1 })]);

  it('takes the weights of a saved model and leaves the optimizer alone', async () => {
    const network = create();
    disturb(network);
    const slots = { 'dense/bias/mean': hostArray([5]) };
    const bytes = await saveModel(network, { optimizer: { config: {}, iterations: 1, slots } });
    const other = create();
    loadWeights(other, bytes);
    expect(await outputsOf(other, [ramp([2, 4, 1])])).toEqual(await outputsOf(network, [ramp([2, 4, 1])]));
  });

  it('runs no initializer', async () => {
    const bytes = await saveModel(sequential([dense({ units: 2, inputShape: [3] })]));
    const initializer = vi.fn(onesInitializer);
    const network = sequential([dense({ units: 2, inputShape: [3], kernelInitializer: initializer })]);
    loadWeights(network, bytes);
    await network.call(ramp([1, 3])).data();
    expect(initializer).not.toHaveBeenCalled();
  });

  it('rounds float64 to the type of the parameter', async () => {
    const network = sequential([dense({ units: 1, inputShape: [1], useBias: false })]);
    loadWeights(network, encodeSafetensors({ 'dense/kernel': hostArray(Float64Array.of(0.1), [1, 1]) }));
    expect(await network.parameters[0]?.value.data()).toEqual(Float32Array.of(0.1));
  });

  it('lists all that does not fit, and changes nothing', async () => {
    const network = create();
    disturb(network);
    const before = await saveModel(network);
    const counted = memory().tensors;
    const { tensors } = decodeSafetensors(before);
    const { 'lstm/bias': moved, ...rest } = tensors;
    const changed = {
      ...rest,
      'dense/bias': hostArray(Int32Array.of(1)),
      'dense/kernel': hostArray([[1]]),
      'lstm_1/bias': moved as HostArray,
    };
    expect(() => loadWeights(network, encodeSafetensors(changed))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [loadWeights] the file does not fit the network: lstm/bias [8] is missing in the file; dense/kernel is [1, 1] in the file and [2, 1] in the network; dense/bias is int32 in the file and float32 in the network; lstm_1/bias [8] is not in the network. Every parameter takes the tensor of its name and shape, and no tensor is left over; nothing was changed. Make the layers, names and sizes those that were saved, or load the whole model: loadModel(bytes).]`,
    );
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x${i}`, hostArray(i)]));
    expect(() => loadWeights(network, encodeSafetensors(many))).toThrow(
      /x12 \[\] is not in the network; and 25 more\./,
    );
    expect(memory().tensors).toBe(counted);
    expect(await saveModel(network)).toEqual(before);
  });

  it('changes nothing when the backend refuses one of the tensors', async () => {
    const full = reference();
    let left = Number.POSITIVE_INFINITY;
    const backend = {
      ...full,
      upload: (...values: Parameters<typeof full.upload>): ReturnType<typeof full.upload> => {
        left -= 1;
        if (left < 0) throw new RangeError('out of memory');
        return full.upload(...values);
      },
    };
    const network = create();
    network.build();
    await network.to(backend);
    disturb(network);
    const before = await saveModel(network);
    const other = create();
    const bytes = await saveModel(other);
    const counted = memory().tensors;
    left = 2;
    expect(() => loadWeights(network, bytes)).toThrow('out of memory');
    left = Number.POSITIVE_INFINITY;
    expect(memory().tensors).toBe(counted);
    expect(await saveModel(network)).toEqual(before);
  });

  it('needs a network that knows its shape', async () => {
    const bytes = await saveModel(create());
    expect(() => loadWeights(sequential([dense({ units: 1 })]), bytes)).toThrow('the shape of the input is not known');
  });
});
