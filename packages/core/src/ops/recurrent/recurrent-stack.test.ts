import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../backend/define.ts';
import type { RecurrentStackAttributes, RecurrentStackInputs } from '../../backend/fused.ts';
import type { Backend } from '../../backend/types.ts';
import { ones, tensor, zeros } from '../../create.ts';
import { memory } from '../../memory.ts';
import { reference } from '../../reference/index.ts';
import type { Tensor } from '../../tensor.ts';
import { recurrentStack } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const plain = { reverse: false, zeroOutputForMask: false, activation: 'tanh' } as const;
const gated = { ...plain, recurrentActivation: 'sigmoid' } as const;
const layers: RecurrentStackAttributes['layers'] = [
  { cell: 'lstm', directions: ['forward', 'reverse'], attributes: gated },
  { cell: 'gru', directions: ['forward'], attributes: { ...gated, resetAfter: true } },
];

function inputs(): Record<string, Tensor> {
  return {
    x: ones([2, 4, 3]),
    mask: ones([2, 4]),
    '0.forward.kernel': ones([3, 8]),
    '0.forward.recurrentKernel': ones([2, 8]),
    '0.forward.c0': ones([2, 2]),
    '0.reverse.kernel': ones([3, 4]),
    '0.reverse.recurrentKernel': ones([1, 4]),
    '1.forward.kernel': ones([3, 6]),
    '1.forward.recurrentKernel': ones([2, 6]),
    '1.forward.bias': ones([2, 6]),
  };
}

describe('recurrentStack', () => {
  it('gives the sequence of the last layer and the states of all, and leaves nothing behind', () => {
    const before = memory().tensors;
    const given = inputs();
    const found = recurrentStack(given, { layers });
    expect(Object.entries(found).map(([name, { shape }]) => [name, shape])).toEqual([
      ['y', [2, 4, 2]],
      ['0.forward.h', [2, 2]],
      ['0.forward.c', [2, 2]],
      ['0.reverse.h', [2, 1]],
      ['0.reverse.c', [2, 1]],
      ['1.forward.h', [2, 2]],
    ]);
    for (const each of [...Object.values(given), ...Object.values(found)]) each.dispose();
    expect(memory().tensors).toBe(before);
  });

  it('asks the backend first', () => {
    const base = reference();
    const seen: string[] = [];
    const backend: Backend = {
      ...base,
      fused: {
        recurrentStack: {
          supports: ({ mask }) => mask === undefined,
          forward(views, attributes) {
            seen.push(...Object.keys(views), ...attributes.layers.map(({ cell }) => cell));
            return { outputs: { y: base.kernels.fill([2, 4, 1], 7, 'float32') }, saved: undefined };
          },
          backward: () => ({}),
          release() {},
        },
      },
    };
    const weights = {
      x: tensor(new Float32Array(24), { shape: [2, 4, 3], backend }),
      '0.forward.kernel': zeros([3, 1], { backend }),
      '0.forward.recurrentKernel': zeros([1, 1], { backend }),
    };
    const one: RecurrentStackAttributes = {
      layers: [{ cell: 'simpleRnn', directions: ['forward'], attributes: plain }],
    };
    expect(recurrentStack(weights, one)['y']?.dataSync()[0]).toBe(7);
    expect(seen).toEqual(['x', '0.forward.kernel', '0.forward.recurrentKernel', 'simpleRnn']);
    const masked = recurrentStack({ ...weights, mask: zeros([2, 4], { backend }) }, one);
    expect(masked['y']?.dataSync()[0]).toBe(0);
  });

  type Change = (given: Record<string, Tensor>) => RecurrentStackInputs<Tensor>;
  const without: (...names: string[]) => Change =
    (...names) =>
    (given) =>
      Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));
  const changed: (name: string, value: () => Tensor) => Change = (name, value) => (given) => ({
    ...given,
    [name]: value(),
  });
  it.each<[string, Change, RecurrentStackAttributes?]>([
    ['no input', without('x')],
    ['no table', (given) => ({ ...without('x')(given), tokens: tensor([[1]], { dtype: 'int32' }) })],
    ['x and tokens', changed('tokens', () => tensor([[1]], { dtype: 'int32' }))],
    ['x without features', changed('x', () => ones([2, 4]))],
    ['no steps', changed('x', () => ones([2, 0, 3]))],
    ['a mask of another length', changed('mask', () => ones([2, 5]))],
    ['a missing kernel', without('0.reverse.kernel')],
    ['a missing recurrent kernel', without('1.forward.recurrentKernel')],
    ['a kernel for other features', changed('1.forward.kernel', () => ones([4, 6]))],
    ['a bias of the other reset mode', changed('1.forward.bias', () => ones([6]))],
    ['a state of another size', changed('0.forward.c0', () => ones([2, 3]))],
    ['a cell state of a gru', changed('1.forward.c0', () => ones([2, 2]))],
    ['a dropout mask of another size', changed('1.forward.dropoutMask', () => ones([2, 2]))],
    ['an unknown input', changed('0.forward.kernal', () => ones([2, 2]))],
    ['integers', changed('0.forward.kernel', () => tensor(new Int32Array(24), { shape: [3, 8] }))],
    ['no layers', (given) => given, { layers: [] }],
    ['an unknown cell', (given) => given, { layers: [{ ...layers[0], cell: 'lstmm' } as never] }],
    [
      'an unknown attribute',
      (given) => given,
      { layers: [{ ...layers[0], attributes: { ...gated, relu: 1 } } as never] },
    ],
    ['no direction', (given) => given, { layers: [{ cell: 'lstm', directions: [], attributes: gated }] }],
    ['an unknown direction', (given) => given, { layers: [{ ...layers[0], directions: ['backward'] } as never] }],
  ])('refuses %s', (_, change, attributes = { layers }) => {
    expect(() => recurrentStack(change(inputs()), attributes)).toThrowErrorMatchingSnapshot();
  });
});
