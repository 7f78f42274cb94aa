import {
  add,
  gru,
  gruCell,
  lstm,
  lstmCell,
  mul,
  recurrentStack,
  type SequenceOptions,
  scan,
  simpleRnn,
  simpleRnnCell,
  type Tensor,
  unstack,
} from '@lstm/core';
import { type CaseInput, type ConformanceCase, input } from '../case.ts';

type Op = 'lstm' | 'gru' | 'simpleRnn';
type Named = Readonly<Record<string, Tensor>>;
type Outputs = Readonly<Record<string, Tensor>>;

const gates: Readonly<Record<Op, number>> = { lstm: 4, gru: 3, simpleRnn: 1 };

interface Setting {
  readonly name: string;
  readonly batch?: number;
  readonly time?: number;
  readonly features?: number;
  readonly units?: number;
  /** Rows of 0 and 1. */
  readonly mask?: readonly (readonly number[])[];
  readonly options?: Omit<SequenceOptions, 'h0' | 'mask'> & { readonly activation?: 'relu' | 'tanh' | 'linear' };
  readonly withoutBias?: boolean;
  readonly withoutState?: boolean;
  readonly dropout?: boolean;
  /** Masked inputs are NaN. */
  readonly nanInPadding?: boolean;
  /** Which outputs the loss sees. */
  readonly outputs?: readonly ('y' | 'h' | 'c')[];
}

const holes = [
  [0, 1, 1, 0, 1],
  [1, 0, 1, 1, 0],
  [0, 0, 0, 0, 0],
];

const settings: readonly Setting[] = [
  { name: 'outputs and states', batch: 3, time: 5 },
  { name: 'loss on outputs only', outputs: ['y'] },
  { name: 'loss on the final states only', outputs: ['h', 'c'] },
  { name: 'batch 1, one step, one feature, one unit', batch: 1, time: 1, features: 1, units: 1 },
  { name: 'sizes 3, 7, 5, 13', batch: 3, time: 7, features: 5, units: 13 },
  { name: 'sizes 5, 3, 17, 9', batch: 5, time: 3, features: 17, units: 9 },
  { name: 'no bias, no initial state', withoutBias: true, withoutState: true },
  { name: 'reverse', options: { reverse: true } },
  { name: 'mask with holes', batch: 3, time: 5, mask: holes },
  { name: 'mask with holes, reverse', batch: 3, time: 5, mask: holes, options: { reverse: true } },
  { name: 'mask with holes, zero outputs', batch: 3, time: 5, mask: holes, options: { zeroOutputForMask: true } },
  { name: 'lengths 0, 5 and 2', batch: 3, time: 5, options: { lengths: [0, 5, 2] } },
  { name: 'lengths 0, 5 and 2, reverse', batch: 3, time: 5, options: { lengths: [0, 5, 2], reverse: true } },
  { name: 'NaN in the padding', batch: 3, time: 5, mask: holes, nanInPadding: true },
  { name: 'dropout masks', dropout: true },
  { name: 'dropout masks and mask', batch: 3, time: 5, mask: holes, dropout: true, options: { reverse: true } },
];

function keep(shape: readonly number[], seed: number): CaseInput {
  const { values } = input(shape, seed);
  return { shape, values: values.map((value) => (value < -0.2 ? 0 : 1.5)) };
}

function inputsOf(
  op: Op,
  setting: Setting,
  biasShape: (units: number) => readonly number[],
): Record<string, CaseInput> {
  const { batch = 2, time = 4, features = 3, units = 5, mask, dropout, nanInPadding } = setting;
  const width = gates[op] * units;
  const x = input([batch, time, features], 1);
  const padded = (value: number, i: number): number => {
    const row = Math.floor(i / features);
    return nanInPadding && mask?.[Math.floor(row / time)]?.[row % time] === 0 ? Number.NaN : value;
  };
  return {
    x: { ...x, values: x.values.map(padded) },
    kernel: input([features, width], 2, 0.7),
    recurrentKernel: input([units, width], 3, 0.7),
    ...(!setting.withoutBias && { bias: input(biasShape(units), 4, 0.5) }),
    ...(!setting.withoutState && { h0: input([batch, units], 5) }),
    ...(!setting.withoutState && op === 'lstm' && { c0: input([batch, units], 6) }),
    ...(mask && { mask: { shape: [batch, time], values: mask.flat() } }),
    ...(dropout && { dropoutMask: keep([batch, features], 7), recurrentDropoutMask: keep([batch, units], 8) }),
  };
}

/** Calls the op with the tensors of a case sorted into weights and options. */
function call(op: Op, tensors: Named, options: object): Outputs {
  const { x, kernel, recurrentKernel, bias, ...rest } = tensors;
  const weights = { kernel: kernel as Tensor, recurrentKernel: recurrentKernel as Tensor, bias };
  const run = { lstm, gru, simpleRnn }[op] as (x: Tensor, w: typeof weights, o: object) => object;
  return run(x as Tensor, weights, { ...rest, ...options }) as Outputs;
}

function caseOf(op: Op, prefix: string, setting: Setting, options: object, biasDoubled: boolean): ConformanceCase {
  const width = gates[op];
  const inputs = inputsOf(op, setting, (units) => (biasDoubled ? [2, width * units] : [width * units]));
  const constants = new Set(['mask', 'dropoutMask', 'recurrentDropoutMask', ...(setting.nanInPadding ? ['x'] : [])]);
  return {
    op,
    name: `${prefix}${setting.name}`,
    inputs,
    run(tensors) {
      const outputs = call(op, tensors, { ...options, ...setting.options });
      const names = setting.outputs ?? ['y', 'h', 'c'];
      return names.flatMap((name) => outputs[name] ?? []);
    },
    differentiable: Object.keys(inputs).filter((name) => !constants.has(name)),
  };
}

function activationCases(): ConformanceCase[] {
  const relu: Setting = { name: 'activation relu', options: { activation: 'relu' } };
  const gate = { recurrentActivation: 'hardSigmoid' };
  return [
    caseOf('simpleRnn', '', relu, {}, false),
    caseOf('simpleRnn', '', { name: 'activation linear', options: { activation: 'linear' } }, {}, false),
    caseOf('lstm', '', { ...relu, name: 'activation relu, gates hardSigmoid' }, gate, false),
    caseOf('gru', '', { ...relu, name: 'activation relu, gates hardSigmoid' }, gate, true),
    caseOf('lstm', '', { name: 'activation by a function' }, { activation: (x: Tensor) => x }, false),
  ];
}

function cellCases(): ConformanceCase[] {
  const cell = (op: string, width: number, bias: readonly number[], run: ConformanceCase['run']): ConformanceCase => ({
    op,
    name: 'one step',
    inputs: {
      x: input([3, 5], 1),
      h: input([3, 7], 2),
      c: input([3, 7], 3),
      kernel: input([5, width], 4, 0.7),
      recurrentKernel: input([7, width], 5, 0.7),
      bias: input(bias, 6, 0.5),
    },
    run,
    ...(op !== 'lstmCell' && { differentiable: ['x', 'h', 'kernel', 'recurrentKernel', 'bias'] }),
  });
  const weightsOf = ({ kernel, recurrentKernel, bias }: Named) => ({
    kernel: kernel as Tensor,
    recurrentKernel: recurrentKernel as Tensor,
    bias,
  });
  return [
    cell('lstmCell', 28, [28], (t) => {
      const next = lstmCell(t['x'] as Tensor, { h: t['h'] as Tensor, c: t['c'] as Tensor }, weightsOf(t));
      return [next.h, next.c];
    }),
    cell('gruCell', 21, [2, 21], (t) => gruCell(t['x'] as Tensor, t['h'] as Tensor, weightsOf(t))),
    cell('simpleRnnCell', 7, [7], (t) => simpleRnnCell(t['x'] as Tensor, t['h'] as Tensor, weightsOf(t))),
  ];
}

function stackCases(): ConformanceCase[] {
  const attributes = {
    reverse: false,
    zeroOutputForMask: true,
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
  } as const;
  const weights = (prefix: string, features: number, width: number, seed: number): Record<string, CaseInput> => ({
    [`${prefix}.kernel`]: input([features, width], seed, 0.7),
    [`${prefix}.recurrentKernel`]: input([3, width], seed + 1, 0.7),
    [`${prefix}.bias`]: input([width], seed + 2, 0.5),
  });
  const layer = { cell: 'lstm', directions: ['forward', 'reverse'], attributes } as const;
  const twoWays = { ...weights('0.forward', 4, 12, 1), ...weights('0.reverse', 4, 12, 4) };
  const above = { ...weights('1.forward', 6, 12, 7), ...weights('1.reverse', 6, 12, 10) };
  const run = (tensors: Named): Tensor[] => Object.values(recurrentStack(tensors, { layers: [layer, layer] }));
  const float = [...Object.keys(twoWays), ...Object.keys(above)];
  return [
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

function scanCases(): ConformanceCase[] {
  const running = (name: string, options: object): ConformanceCase => ({
    op: 'scan',
    name,
    inputs: {
      x: input([2, 4, 3], 1),
      start: input([2, 3], 2),
      mask: { shape: [2, 4], values: [1, 0, 1, 1, 0, 1, 1, 0] },
    },
    run({ x, start, mask }) {
      const step = (value: Tensor, [state]: readonly Tensor[]): { output: Tensor; states: Tensor[] } => {
        const next = add(mul(value, state as Tensor), value);
        return { output: next, states: [next] };
      };
      const { y, states } = scan(unstack(x as Tensor, { axis: 1 }), [start as Tensor], step, { ...options, mask });
      return [y, ...states];
    },
    differentiable: ['x', 'start'],
  });
  return [
    running('repeated outputs', {}),
    running('zero outputs, reverse', { reverse: true, zeroOutputForMask: true }),
  ];
}

/** Cases of the recurrent ops: initial states, masks of any pattern, lengths, reverse, dropout, odd sizes, every loss. */
export function recurrentCases(): readonly ConformanceCase[] {
  return [
    ...settings.map((setting) => caseOf('lstm', '', setting, {}, false)),
    ...settings.map((setting) => caseOf('gru', 'reset after: ', setting, { resetAfter: true }, true)),
    ...settings.map((setting) => caseOf('gru', 'reset before: ', setting, { resetAfter: false }, false)),
    ...settings.map((setting) => caseOf('simpleRnn', '', setting, {}, false)),
    ...activationCases(),
    ...cellCases(),
    ...stackCases(),
    ...scanCases(),
  ];
}
