import { useBackend, zeros } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { ramp } from '../test/tensors.ts';
import {
  bidirectional,
  dense,
  embedding,
  gruCell,
  type Layer,
  lstm,
  networkFromConfig,
  type PartialShape,
  rnn,
  sequential,
  timeDistributed,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

type Wrap = (inside: object, outside?: object) => Layer;

const wrappers: readonly [string, PartialShape, Wrap][] = [
  ['bidirectional', [10, 3], (inside, outside) => bidirectional(lstm({ units: 2, ...inside }), outside)],
  [
    'backwardLayer of bidirectional',
    [10, 3],
    (inside, outside) =>
      bidirectional(lstm({ units: 2 }), { ...outside, backwardLayer: lstm({ units: 2, ...inside }) }),
  ],
  ['timeDistributed', [3], (inside, outside) => timeDistributed(dense({ units: 2, ...inside }), outside)],
  [
    'a network in timeDistributed',
    [3],
    (inside, outside) => timeDistributed(sequential([dense({ units: 2, ...inside })]), outside),
  ],
  ['rnn', [3], (inside, outside) => rnn(gruCell({ units: 2, ...inside }), outside)],
];

describe.each(wrappers)('inputShape of a layer inside: %s', (_, inputShape, wrap) => {
  it('is that of the layer around it', () => {
    const network = sequential([wrap({ inputShape })]);
    expect(network.summary()).toMatch(/Parameters\n/);
    expect(network.inputShapes?.[0]?.at(-1)).toBe(3);
    expect(() => network.call(ramp([2, 10, 4]))).toThrow('Its last axis is 3 long by the inputShape of');
    const again = networkFromConfig(JSON.parse(JSON.stringify(network.toConfig())));
    expect(again.inputShapes).toEqual(network.inputShapes);
  });

  it('is refused beside another one', () => {
    expect(() => wrap({ inputShape }, { inputShape: [10, 4] })).toThrow(
      /inputShape is \[10, 4\], and by that of the layer inside \[(10|), 3\]. Both say .*\. Keep one of them\./,
    );
    expect(wrap({ inputShape }, { inputShape: [10, 3] }).inputShape).toEqual([10, 3]);
  });
});

it('sequences of words in timeDistributed may be of any length', () => {
  const words = sequential([embedding({ inputDim: 5, outputDim: 2, inputShape: [7] }), lstm({ units: 2 })]);
  const network = sequential([timeDistributed(words)]);
  expect(network.call(zeros([1, 3, 9], { dtype: 'int32' })).shape).toEqual([1, 3, 2]);
});
