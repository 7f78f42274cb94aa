import { add, hostArray, memory, mul, onesInitializer, Parameter, type Tensor, tensor, useBackend } from '@lstm/core';
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
import { disturb, outputsOf, ramp } from '../../test/networks.ts';
import { decodeSafetensors, loadModel, loadWeights, saveModel } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

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
    const training = { history: { epochs: [0] } };
    const bytes = await saveModel(network, { optimizer, training, extra });
    const loaded = loadModel(bytes);
    expect([loaded.training, loaded.extra]).toEqual([training, extra]);
    expect(loadModel(await saveModel(network)).training).toBeUndefined();
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
