import { describe, expect, it } from 'vitest';
import { tensor } from '../create.ts';
import type { DType } from '../dtype.ts';
import { LstmError } from '../errors.ts';
import { hostArray } from '../host-array.ts';
import { meanSquaredError, sparseCategoricalCrossentropy } from '../losses/index.ts';
import { Parameter } from '../parameter.ts';
import { reference } from '../reference/index.ts';
import { sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { optimizerStep } from '../updates/index.ts';
import {
  add,
  concat,
  dropout,
  embedding,
  gather,
  gru,
  layerNorm,
  less,
  linear,
  lstm,
  lstmCell,
  matmul,
  pad,
  recurrentStack,
  reshape,
  scan,
  scatterAdd,
  simpleRnn,
  slice,
  softmax,
  softmaxCrossEntropy,
  stack,
  sum,
  where,
} from './index.ts';

type Make = (shape: readonly number[], dtype?: DType) => Tensor;

/** One member of a family of ops. */
interface Member {
  /** A call that works; what is not an option comes from `make`. */
  readonly call: (make: Make, options: never) => unknown;
  /** A call whose shapes do not fit. */
  readonly wrong: (make: Make) => unknown;
  /** It takes one tensor, so that no two can live on two backends. */
  readonly single?: boolean;
  readonly withoutOptions?: boolean;
}

const none = {} as never;
const weights = (make: Make, gates: number, features = 3) => ({
  kernel: make([features, gates * 2]),
  recurrentKernel: make([2, gates * 2]),
});
const attributes = { reverse: false, zeroOutputForMask: false, activation: 'tanh' } as const;
const rule = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;
const stepOf = (make: Make, shape: readonly number[], options: object): unknown => {
  const values = make([2]);
  const parameter = new Parameter({
    name: 'w',
    shape: [2],
    initialize: () => hostArray([0, 0]),
    backend: values.backend,
  });
  parameter.assign(values);
  return optimizerStep(
    { parameters: [parameter], gradients: [make(shape)], slots: [[]] },
    { rule, learningRate: 1, step: 1, ...options },
  );
};

const members: Readonly<Record<string, Member>> = {
  add: {
    call: (make) => add(make([2, 3]), make([3])),
    wrong: (make) => add(make([2, 3]), make([2])),
    withoutOptions: true,
  },
  less: {
    call: (make) => less(make([2, 3]), make([3])),
    wrong: (make) => less(make([2, 3]), make([4, 3])),
    withoutOptions: true,
  },
  where: {
    call: (make) => where(make([2]), make([2]), make([2])),
    wrong: (make) => where(make([2]), make([3]), make([2])),
    withoutOptions: true,
  },
  softmax: {
    call: (make, options) => softmax(make([2, 3]), options),
    wrong: (make) => softmax(make([2, 3]), { axis: 2 }),
    single: true,
  },
  sum: {
    call: (make, options) => sum(make([2, 3]), options),
    wrong: (make) => sum(make([2, 3]), { axes: 2 }),
    single: true,
  },
  matmul: {
    call: (make, options) => matmul(make([2, 3]), make([3, 4]), options),
    wrong: (make) => matmul(make([2, 3]), make([4, 3])),
  },
  linear: {
    call: (make, options) => linear(make([2, 3]), make([3, 4]), make([4]), options),
    wrong: (make) => linear(make([2, 3]), make([3, 4]), make([3])),
  },
  layerNorm: {
    call: (make, options) => layerNorm(make([2, 3]), { gamma: make([3]), ...(options as object) }),
    wrong: (make) => layerNorm(make([2, 3]), { gamma: make([2]) }),
  },
  reshape: {
    call: (make) => reshape(make([2, 3]), [6]),
    wrong: (make) => reshape(make([2, 3]), [4, -1]),
    single: true,
    withoutOptions: true,
  },
  slice: {
    call: (make) => slice(make([2, 3]), [0, 1], [2, 2]),
    wrong: (make) => slice(make([2, 3]), [0, 2], [2, 2]),
    single: true,
    withoutOptions: true,
  },
  pad: {
    call: (make, options) =>
      pad(
        make([2, 3]),
        [
          [1, 1],
          [0, 0],
        ],
        options,
      ),
    wrong: (make) => pad(make([2, 3]), [[1, 1]]),
    single: true,
  },
  concat: {
    call: (make, options) => concat([make([2, 3]), make([1, 3])], options),
    wrong: (make) => concat([make([2, 3]), make([1, 4])]),
  },
  stack: {
    call: (make, options) => stack([make([2, 3]), make([2, 3])], options),
    wrong: (make) => stack([make([2, 3]), make([2, 4])]),
  },
  gather: {
    call: (make) => gather(make([5, 2]), make([3], 'int32')),
    wrong: (make) => gather(make([]), make([3], 'int32')),
    withoutOptions: true,
  },
  scatterAdd: {
    call: (make) => scatterAdd(make([3], 'int32'), make([3, 2]), 5),
    wrong: (make) => scatterAdd(make([3], 'int32'), make([4, 2]), 5),
    withoutOptions: true,
  },
  embedding: {
    call: (make) => embedding(make([5, 2]), make([3], 'int32')),
    wrong: (make) => embedding(make([5]), make([3], 'int32')),
    withoutOptions: true,
  },
  dropout: {
    call: (make, options) => dropout(make([2, 3]), 0.5, { seed: 1, name: 'x', ...(options as object) }),
    wrong: (make) => dropout(make([2, 3], 'int32'), 0.5, { seed: 1, name: 'x' }),
    single: true,
  },
  softmaxCrossEntropy: {
    call: (make) => softmaxCrossEntropy(make([2, 3]), make([2], 'int32')),
    wrong: (make) => softmaxCrossEntropy(make([2, 3]), make([3], 'int32')),
    withoutOptions: true,
  },
  lstm: {
    call: (make, options) => lstm(make([1, 4, 3]), weights(make, 4), options),
    wrong: (make) => lstm(make([4, 3]), weights(make, 4)),
  },
  gru: {
    call: (make, options) => gru(make([1, 4, 3]), weights(make, 3), options),
    wrong: (make) => gru(make([1, 4, 3]), weights(make, 4)),
  },
  simpleRnn: {
    call: (make, options) => simpleRnn(make([1, 4, 3]), weights(make, 1), options),
    wrong: (make) => simpleRnn(make([1, 4, 3]), weights(make, 1), { mask: make([1, 3]) }),
  },
  lstmCell: {
    call: (make, options) => lstmCell(make([1, 3]), { h: make([1, 2]), c: make([1, 2]) }, weights(make, 4), options),
    wrong: (make) => lstmCell(make([1, 4, 3]), { h: make([1, 2]), c: make([1, 2]) }, weights(make, 4)),
  },
  scan: {
    call: (make, options) =>
      scan([make([1, 2])], [make([1, 2])], (x, [h]) => ({ output: add(x, h ?? 0), states: [] }), options),
    wrong: (make) => scan([make([1, 2])], [make([1, 3])], (x, [h]) => ({ output: add(x, h ?? 0), states: [] })),
  },
  recurrentStack: {
    call: (make, options) => {
      const layer = { cell: 'simpleRnn', directions: ['forward'], attributes } as const;
      const { kernel, recurrentKernel } = weights(make, 1);
      const inputs = { x: make([1, 4, 3]), '0.forward.kernel': kernel, '0.forward.recurrentKernel': recurrentKernel };
      return recurrentStack(inputs, { layers: [layer], ...(options as object) });
    },
    wrong: (make) => {
      const layer = { cell: 'simpleRnn', directions: ['forward'], attributes } as const;
      const { kernel, recurrentKernel } = weights(make, 1, 2);
      const inputs = { x: make([1, 4, 3]), '0.forward.kernel': kernel, '0.forward.recurrentKernel': recurrentKernel };
      return recurrentStack(inputs, { layers: [layer] });
    },
  },
  meanSquaredError: {
    call: (make, options) => meanSquaredError(make([2, 3]), make([2, 3]), options),
    wrong: (make) => meanSquaredError(make([2, 3]), make([2, 4])),
  },
  sparseCategoricalCrossentropy: {
    call: (make, options) => sparseCategoricalCrossentropy(make([2, 3]), make([2]), options),
    wrong: (make) => sparseCategoricalCrossentropy(make([2, 3]), make([3])),
  },
  optimizerStep: {
    call: (make, options) => stepOf(make, [2], options),
    wrong: (make) => stepOf(make, [3], none),
  },
};

const [backend, other] = [reference(), { ...reference(), name: 'other' }];

/** Makes tensors of zeros; `change` gets each with its number. */
function maker(change: (index: number) => 'fine' | 'disposed' | 'elsewhere' = () => 'fine'): Make {
  let count = 0;
  return (shape, dtype = 'float32') => {
    const what = change(count++);
    const values = dtype === 'int32' ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape));
    const made = tensor(values, { shape, backend: what === 'elsewhere' ? other : backend });
    if (what === 'disposed') made.dispose();
    return made;
  };
}

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof LstmError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe.each(Object.entries(members))('%s', (_, { call, wrong, single = false, withoutOptions = false }) => {
  it('works, else the errors would say nothing', () => {
    expect(messageOf(() => call(maker(), none))).toBe('no error');
  });

  it('says what is wrong, what is right and what to do', () => {
    const messages = {
      'wrong shape': messageOf(() => wrong(maker())),
      'disposed tensor': messageOf(() =>
        call(
          maker((i) => (i === 0 ? 'disposed' : 'fine')),
          none,
        ),
      ),
      ...(!single && {
        'two backends': messageOf(() =>
          call(
            maker((i) => (i === 0 ? 'fine' : 'elsewhere')),
            none,
          ),
        ),
      }),
      ...(!withoutOptions && { 'unknown option': messageOf(() => call(maker(), { bogus: 1 } as never)) }),
    };
    for (const message of Object.values(messages)) expect(message).toMatch(/^[\w-]+: \[\w+\] .+\. .+\. .+$/);
    expect(messages).toMatchSnapshot();
  });
});
