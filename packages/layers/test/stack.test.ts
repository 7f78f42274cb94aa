import { add, type Backend, grad, memory, mul, sum, type Tensor, tensor, tidy, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import {
  bidirectional,
  type CallContext,
  dense,
  dropout,
  embedding,
  gru,
  type Layer,
  lstm,
  lstmCell,
  masking,
  rnn,
  sequential,
  simpleRnn,
} from '@lstm/layers';
import { describe, expect, it } from 'vitest';
import { stackingBackend } from './stacking-backend.ts';

const wave = (shape: number[], backend: Backend): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1)),
    { shape, backend },
  );
const words = (backend: Backend): Tensor =>
  tensor([3, 1, 0, 4, 2, 0, 0, 1, 3, 0], { shape: [2, 5], dtype: 'int32', backend });
const holes = (backend: Backend): Tensor => tensor([1, 0, 1, 1, 0, 0, 1, 1, 0, 1], { shape: [2, 5], backend });

/** What a network gave: outputs, masks and the gradients of the parameters, each as numbers. */
type Found = readonly (readonly number[])[];

interface Setting {
  readonly layers: () => Layer[];
  readonly input?: (backend: Backend) => Tensor;
  readonly context?: (backend: Backend) => CallContext;
  /** How often the network is called; the last call counts. */
  readonly calls?: number;
}

/** Calls the network on a backend; leaves nothing behind. */
async function results(backend: Backend, setting: Setting): Promise<Found> {
  const { layers, input = (on) => wave([2, 5, 3], on), context = () => ({}), calls = 1 } = setting;
  await useBackend(backend);
  const network = sequential(layers(), { seed: 7 });
  const before = memory().tensors;
  const found = tidy(() => {
    const x = input(backend);
    for (let call = 1; call < calls; call++) network.runAll([x], context(backend));
    const { outputs, masks } = network.runAll([x], context(backend));
    const loss = outputs.map((y) => sum(mul(y, wave([...y.shape], backend)))).reduce((a, b) => add(a, b));
    const gradients = grad(
      loss,
      network.parameters.map(({ value }) => value),
    );
    return [...outputs, ...masks.filter((mask) => mask !== undefined), ...gradients].map((each) => [
      ...each.dataSync(),
    ]);
  });
  network.dispose();
  expect(memory().tensors).toBe(before);
  return found;
}

const sequence = { returnSequences: true } as const;
const deep = (): Layer[] => [lstm({ units: 4, ...sequence }), gru({ units: 3, ...sequence }), simpleRnn({ units: 2 })];

describe('a run of recurrent layers is one call of a backend that takes stacks, and gives what the layers give', () => {
  it.each<[string, string[], Setting]>([
    ['last output', ['x, no mask, lstm forward, gru forward, simpleRnn forward'], { layers: deep }],
    [
      'mask',
      ['x, mask, lstm forward, gru forward, simpleRnn forward'],
      { layers: deep, context: (on) => ({ mask: holes(on) }) },
    ],
    [
      'a leading embedding, with its mask',
      ['tokens, mask, lstm forward'],
      {
        layers: () => [embedding({ inputDim: 5, outputDim: 3, maskZero: true }), lstm({ units: 4, ...sequence })],
        input: words,
      },
    ],
    [
      'tokens as floats, without a mask',
      ['tokens, no mask, gru forward, gru forward'],
      {
        layers: () => [
          embedding({ inputDim: 5, outputDim: 3 }),
          gru({ units: 4, ...sequence }),
          gru({ units: 2, ...sequence }),
        ],
        input: (on) => tensor([[1, 2, 3, 4, 0]], { backend: on }),
      },
    ],
    [
      'masking before, dense after',
      ['x, mask, lstm forward, lstm forward'],
      {
        layers: () => [
          masking({ maskValue: Math.fround(Math.sin(1)) }),
          lstm({ units: 3, ...sequence }),
          lstm({ units: 3 }),
          dense({ units: 2 }),
        ],
      },
    ],
    [
      'bidirectional layers, mask',
      ['x, mask, lstm forward+reverse, gru forward+reverse, lstm forward'],
      {
        layers: () => [
          bidirectional(lstm({ units: 3, ...sequence })),
          bidirectional(gru({ units: 2, ...sequence })),
          lstm({ units: 2, ...sequence, zeroOutputForMask: true }),
        ],
        context: (on) => ({ mask: holes(on) }),
      },
    ],
    ...(['concat', 'sum', 'mul', 'ave', null] as const).map((mergeMode): [string, string[], Setting] => [
      `a last bidirectional layer that merges by ${mergeMode}`,
      ['x, mask, gru forward, lstm forward+reverse'],
      {
        layers: () => [gru({ units: 3, ...sequence }), bidirectional(lstm({ units: 3, ...sequence }), { mergeMode })],
        context: (on) => ({ mask: holes(on) }),
      },
    ]),
    [
      'one bidirectional layer, last outputs and states',
      ['x, mask, lstm forward+reverse'],
      { layers: () => [bidirectional(lstm({ units: 3, returnState: true }))], context: (on) => ({ mask: holes(on) }) },
    ],
    [
      'a bidirectional layer in the middle that does not concatenate ends the stack',
      ['x, no mask, lstm forward, lstm forward+reverse', 'x, no mask, gru forward, gru forward'],
      {
        layers: () => [
          lstm({ units: 3, ...sequence }),
          bidirectional(lstm({ units: 3, ...sequence }), { mergeMode: 'sum' }),
          gru({ units: 3, ...sequence }),
          gru({ units: 3 }),
        ],
      },
    ],
    [
      'states after the output',
      ['x, mask, lstm forward, lstm forward'],
      {
        layers: () => [lstm({ units: 3, ...sequence }), lstm({ units: 2, ...sequence, returnState: true })],
        context: (on) => ({ mask: holes(on) }),
      },
    ],
    [
      'dropout and recurrent dropout',
      ['x, no mask, lstm forward, gru forward+reverse'],
      {
        layers: () => [
          lstm({ units: 4, ...sequence, dropout: 0.4, recurrentDropout: 0.3 }),
          bidirectional(gru({ units: 3, dropout: 0.4, recurrentDropout: 0.3 })),
        ],
        context: () => ({ training: true, step: 5 }),
      },
    ],
    [
      'initial states of the first recurrent layer, behind an embedding',
      ['tokens, no mask, lstm forward, lstm forward'],
      {
        layers: () => [embedding({ inputDim: 5, outputDim: 3 }), lstm({ units: 2, ...sequence }), lstm({ units: 2 })],
        input: words,
        context: (on) => ({ initialState: [wave([2, 2], on), wave([2, 2], on)] }),
      },
    ],
    [
      'carried states',
      Array<string>(3).fill('x, mask, lstm forward, gru forward'),
      {
        layers: () => [lstm({ units: 3, ...sequence, stateful: true }), gru({ units: 2, stateful: true })],
        context: (on) => ({ mask: holes(on) }),
        calls: 3,
      },
    ],
    [
      'a last layer that goes backwards',
      ['x, mask, lstm forward, gru reverse'],
      {
        layers: () => [lstm({ units: 3, ...sequence }), gru({ units: 2, ...sequence, goBackwards: true })],
        context: (on) => ({ mask: holes(on) }),
      },
    ],
    [
      'what kernels do not know runs by itself',
      ['x, no mask, gru forward, gru forward'],
      {
        layers: () => [
          lstm({ units: 3, ...sequence, activation: 'elu' }),
          lstm({ units: 3, ...sequence }),
          rnn(lstmCell({ units: 3 }), sequence),
          gru({ units: 2, ...sequence }),
          gru({ units: 2, ...sequence, recurrentActivation: 'hardSigmoid', resetAfter: false }),
          dropout({ rate: 0.5 }),
          lstm({ units: 2, ...sequence, goBackwards: true }),
          bidirectional(gru({ units: 2 }), { backwardLayer: gru({ units: 2, activation: 'relu' }) }),
        ],
      },
    ],
    [
      'networks inside a network',
      ['x, no mask, lstm forward, lstm forward', 'x, no mask, gru forward, gru forward'],
      {
        layers: () => [
          sequential([lstm({ units: 3, ...sequence }), lstm({ units: 3, ...sequence })]),
          gru({ units: 2, ...sequence }),
          gru({ units: 2 }),
        ],
      },
    ],
  ])('%s', async (_, expected, setting) => {
    const { backend, calls } = stackingBackend();
    const [plain, stacked] = [await results(reference(), setting), await results(backend, setting)];
    expect(calls).toEqual(expected);
    expect(stacked).toEqual(plain.map((values) => values.map((value) => expect.closeTo(value, 5))));
    expect(plain.flat().some((value) => Math.abs(value) > 1e-3)).toBe(true);
  });

  it('a kernel that does not support a call leaves it to the layers', async () => {
    const { backend, calls } = stackingBackend();
    const kernel = backend.fused?.recurrentStack as NonNullable<NonNullable<Backend['fused']>['recurrentStack']>;
    const refusing: Backend = {
      ...backend,
      fused: { ...backend.fused, recurrentStack: { ...kernel, supports: () => false } },
    };
    const setting: Setting = {
      layers: () => [embedding({ inputDim: 5, outputDim: 3, maskZero: true }), ...deep()],
      input: words,
    };
    const [plain, refused] = [await results(reference(), setting), await results(refusing, setting)];
    expect(calls).toEqual([]);
    expect(refused).toEqual(plain.map((values) => values.map((value) => expect.closeTo(value, 5))));
  });

  it('has gradients of gradients', async () => {
    const second = async (backend: Backend): Promise<number[]> => {
      await useBackend(backend);
      const network = sequential([lstm({ units: 2, ...sequence }), gru({ units: 2 })]);
      return tidy(() => {
        const x = tensor([[[0.5], [-1], [2]]], { backend, requiresGrad: true });
        const [slope] = grad(sum(network.call(x)), [x], { createGraph: true });
        return [...grad(sum(mul(slope, slope)), [x])[0].dataSync()];
      });
    };
    const plain = await second(reference());
    const { backend, calls } = stackingBackend();
    expect(await second(backend)).toEqual(plain.map((value) => expect.closeTo(value, 5)));
    expect(calls).toHaveLength(1);
  });

  it('checks what the kernel would not', async () => {
    const { backend } = stackingBackend();
    await useBackend(backend);
    const network = sequential([lstm({ units: 2, ...sequence }), lstm({ units: 2 })]);
    const x = wave([2, 5, 3], backend);
    const mask = wave([2, 4], backend);
    expect(() => network.call(x, { mask })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [recurrentStack] mask is [2, 4]. Here it is [batch, time] = [2, 5]. Check mask against x and the weights.]`,
    );
    const initialState = [wave([2, 2], backend), wave([2, 3], backend)];
    expect(() => network.call(x, { initialState })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [lstm] initialState is [2, 2], [2, 3]. The layer starts from [2, 2], [2, 2]. Pass the states alone, without the output, of a layer with returnState: true and as many units.]`,
    );
  });
});
