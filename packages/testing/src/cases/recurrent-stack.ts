import { recurrentStack, type Tensor } from '@lstm/core';
import { type CaseInput, type ConformanceCase, input } from '../case.ts';

type Named = Readonly<Record<string, Tensor>>;

/** Backends may name their outputs in any order. */
function byName(outputs: Named): Tensor[] {
  const names = Object.keys(outputs).sort((a, b) => (a < b ? -1 : 1));
  return names.map((name) => outputs[name] as Tensor);
}

/** Cases of runs of recurrent layers. */
export function stackCases(): readonly ConformanceCase[] {
  const plain = { reverse: false, zeroOutputForMask: true, activation: 'tanh' } as const;
  const attributes = { ...plain, recurrentActivation: 'sigmoid' } as const;
  const weights = (
    prefix: string,
    features: number,
    width: number,
    seed: number,
    units = 3,
  ): Record<string, CaseInput> => ({
    [`${prefix}.kernel`]: input([features, width], seed, 0.7),
    [`${prefix}.recurrentKernel`]: input([units, width], seed + 1, 0.7),
    [`${prefix}.bias`]: input([width], seed + 2, 0.5),
  });
  const layer = { cell: 'lstm', directions: ['forward', 'reverse'], attributes } as const;
  const twoWays = { ...weights('0.forward', 4, 12, 1), ...weights('0.reverse', 4, 12, 4) };
  const above = { ...weights('1.forward', 6, 12, 7), ...weights('1.reverse', 6, 12, 10) };
  const run = (tensors: Named): Tensor[] => byName(recurrentStack(tensors, { layers: [layer, layer] }));
  const float = [...Object.keys(twoWays), ...Object.keys(above)];
  const single = (prefix: string, features: number, gates: number, bias: readonly number[], seed: number) => ({
    ...weights(prefix, features, 3 * gates, seed),
    [`${prefix}.bias`]: input(bias, seed + 2, 0.5),
    [`${prefix}.h0`]: input([2, 3], seed + 3),
  });
  const ways = {
    ...single('0.reverse', 4, 3, [2, 9], 1),
    ...single('1.forward', 3, 1, [3], 5),
    ...single('2.forward', 3, 3, [9], 9),
  };
  return [
    {
      op: 'recurrentStack',
      name: 'a GRU backwards, a simple RNN, another GRU, initial states',
      inputs: { x: input([2, 5, 4], 20), ...ways },
      run: (tensors) =>
        byName(
          recurrentStack(tensors, {
            layers: [
              { cell: 'gru', directions: ['reverse'], attributes: { ...attributes, resetAfter: true } },
              { cell: 'simpleRnn', directions: ['forward'], attributes: plain },
              { cell: 'gru', directions: ['forward'], attributes: { ...attributes, resetAfter: false } },
            ],
          }),
        ),
    },
    {
      op: 'recurrentStack',
      name: 'two bidirectional layers, mask',
      inputs: {
        x: input([2, 5, 4], 20),
        mask: { shape: [2, 5], values: [1, 1, 1, 0, 0, 1, 0, 1, 1, 1] },
        ...twoWays,
        ...above,
      },
      run,
      differentiable: ['x', ...float],
    },
    {
      op: 'recurrentStack',
      name: 'two bidirectional layers, sizes 9, 3, 5 and 33',
      inputs: {
        x: input([9, 3, 5], 20),
        ...{ ...weights('0.forward', 5, 132, 1, 33), ...weights('0.reverse', 5, 132, 4, 33) },
        ...{ ...weights('1.forward', 66, 132, 7, 33), ...weights('1.reverse', 66, 132, 10, 33) },
      },
      run,
      large: true,
    },
    {
      op: 'recurrentStack',
      name: 'tokens',
      inputs: {
        tokens: { shape: [2, 3], values: [0, 4, 4, 2, 0, 1], dtype: 'int32' },
        table: input([5, 4], 21),
        ...twoWays,
        ...above,
      },
      run,
      differentiable: ['table', ...float],
    },
  ];
}
