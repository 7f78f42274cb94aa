import { gru, lstm, type SequenceOptions, simpleRnn, type Tensor } from '@lstm/core';
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
  readonly lengths?: readonly number[];
  readonly options?: Omit<SequenceOptions, 'h0' | 'mask' | 'lengths'> & {
    readonly activation?: 'relu' | 'tanh' | 'linear';
  };
  readonly withoutBias?: boolean;
  readonly withoutState?: boolean;
  readonly dropout?: 'input' | 'recurrent' | 'both';
  /** Inputs of masked steps are NaN. */
  readonly nanInPadding?: boolean;
  /** Which outputs the loss sees. */
  readonly outputs?: readonly ('y' | 'h' | 'c')[];
  readonly large?: boolean;
}

const holes = [
  [0, 1, 1, 0, 1],
  [1, 0, 1, 1, 0],
  [0, 0, 0, 0, 0],
];

const lengths = [0, 5, 2];

const settings: readonly Setting[] = [
  { name: 'outputs and states', batch: 3, time: 5 },
  { name: 'loss on outputs only', outputs: ['y'] },
  { name: 'loss on the final states only', outputs: ['h', 'c'] },
  { name: 'loss on the final h only, reverse', outputs: ['h'], options: { reverse: true } },
  { name: 'batch 1, one step, one feature, one unit', batch: 1, time: 1, features: 1, units: 1 },
  { name: 'no sequences', batch: 0 },
  { name: 'sizes 3, 7, 5, 13', batch: 3, time: 7, features: 5, units: 13 },
  { name: 'sizes 5, 3, 6, 9', batch: 5, time: 3, features: 6, units: 9 },
  // Whole vectors of 4, 8 and 16 with a rest each.
  { name: 'sizes 1, 2, 18, 19', batch: 1, time: 2, features: 18, units: 19 },
  { name: 'no bias, no initial state', withoutBias: true, withoutState: true },
  { name: 'reverse', options: { reverse: true } },
  { name: 'reverse, loss on outputs only', outputs: ['y'], batch: 3, time: 5, options: { reverse: true } },
  { name: 'mask with holes', batch: 3, time: 5, mask: holes },
  { name: 'mask with holes, no initial state', batch: 3, time: 5, mask: holes, withoutState: true },
  { name: 'mask with holes, loss on the final states only', batch: 3, time: 5, mask: holes, outputs: ['h', 'c'] },
  { name: 'mask with holes, reverse', batch: 3, time: 5, mask: holes, options: { reverse: true } },
  { name: 'mask with holes, zero outputs', batch: 3, time: 5, mask: holes, options: { zeroOutputForMask: true } },
  {
    name: 'mask with holes, zero outputs, reverse',
    batch: 3,
    time: 5,
    mask: holes,
    options: { zeroOutputForMask: true, reverse: true },
  },
  { name: 'batch 1, mask with holes', batch: 1, time: 5, mask: [[0, 1, 0, 1, 0]] },
  { name: 'batch 1, everything masked', batch: 1, time: 3, mask: [[0, 0, 0]] },
  { name: 'lengths 0, 5 and 2', batch: 3, time: 5, lengths },
  { name: 'lengths 0, 5 and 2, reverse', batch: 3, time: 5, lengths, options: { reverse: true } },
  { name: 'lengths 0, 5 and 2, zero outputs', batch: 3, time: 5, lengths, options: { zeroOutputForMask: true } },
  { name: 'all lengths T', batch: 3, time: 4, lengths: [4, 4, 4] },
  { name: 'NaN in the padding', batch: 3, time: 5, mask: holes, nanInPadding: true },
  {
    name: 'NaN in the padding, zero outputs, reverse',
    batch: 3,
    time: 5,
    mask: holes,
    nanInPadding: true,
    options: { zeroOutputForMask: true, reverse: true },
  },
  { name: 'NaN beyond the lengths', batch: 3, time: 5, lengths, nanInPadding: true },
  { name: 'dropout masks', dropout: 'both' },
  { name: 'dropout mask of the inputs', dropout: 'input', batch: 3 },
  { name: 'dropout mask of the states', dropout: 'recurrent', batch: 1 },
  { name: 'dropout masks and mask', batch: 3, time: 5, mask: holes, dropout: 'both', options: { reverse: true } },
  { name: 'dropout masks and NaN in the padding', batch: 3, time: 5, mask: holes, dropout: 'both', nanInPadding: true },
];

/** Beyond the tiles of kernels, with a rest each. */
const largeSettings: readonly Setting[] = [
  { name: 'a long sequence', batch: 3, time: 35, features: 3, units: 5, large: true },
  { name: 'many features and units', batch: 3, time: 2, features: 35, units: 67, large: true },
  { name: 'a large batch', batch: 67, time: 2, features: 3, units: 9, large: true },
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
  const { batch = 2, time = 4, features = 3, units = 5, mask, dropout, lengths: own, nanInPadding } = setting;
  const width = gates[op] * units;
  const x = input([batch, time, features], 1);
  const padded = (value: number, i: number): number => {
    const [sequence, step] = [Math.floor(i / features / time), Math.floor(i / features) % time];
    const masked = mask?.[sequence]?.[step] === 0 || step >= (own?.[sequence] ?? time);
    return nanInPadding && masked ? Number.NaN : value;
  };
  return {
    x: { ...x, values: x.values.map(padded) },
    kernel: input([features, width], 2, 0.7),
    recurrentKernel: input([units, width], 3, 0.7),
    ...(!setting.withoutBias && { bias: input(biasShape(units), 4, 0.5) }),
    ...(!setting.withoutState && { h0: input([batch, units], 5) }),
    ...(!setting.withoutState && op === 'lstm' && { c0: input([batch, units], 6) }),
    ...(mask && { mask: { shape: [batch, time], values: mask.flat() } }),
    ...(dropout && dropout !== 'recurrent' && { dropoutMask: keep([batch, features], 7) }),
    ...(dropout && dropout !== 'input' && { recurrentDropoutMask: keep([batch, units], 8) }),
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
  const constants = ['mask', 'dropoutMask', 'recurrentDropoutMask'];
  return {
    op,
    name: `${prefix}${setting.name}`,
    inputs,
    run(tensors) {
      const { lengths: own } = setting;
      const outputs = call(op, tensors, { ...options, ...setting.options, ...(own && { lengths: own }) });
      const names = setting.outputs ?? ['y', 'h', 'c'];
      return names.flatMap((name) => outputs[name] ?? []);
    },
    differentiable: Object.keys(inputs).filter((name) => !constants.includes(name)),
    large: setting.large === true,
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

/** Cases of the recurrent ops: initial states, masks of any pattern, lengths, reverse, dropout, odd sizes, every loss. */
export function recurrentCases(): readonly ConformanceCase[] {
  return [
    ...settings.map((setting) => caseOf('lstm', '', setting, {}, false)),
    ...settings.map((setting) => caseOf('gru', 'reset after: ', setting, { resetAfter: true }, true)),
    ...settings.map((setting) => caseOf('gru', 'reset before: ', setting, { resetAfter: false }, false)),
    ...settings.map((setting) => caseOf('simpleRnn', '', setting, {}, false)),
    ...activationCases(),
    ...largeSettings.flatMap((setting) => [
      caseOf('lstm', '', setting, {}, false),
      caseOf('gru', 'reset after: ', setting, { resetAfter: true }, true),
      caseOf('simpleRnn', '', setting, {}, false),
    ]),
  ];
}
