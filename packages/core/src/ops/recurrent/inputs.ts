import { assertFloat, assertTensor } from '../../assert-tensor.ts';
import type { RecurrentInputs } from '../../backend/fused.ts';
import { arange, tensor } from '../../create.ts';
import { describeValue } from '../../describe-value.ts';
import { DTypeError, OptionError, ShapeError } from '../../errors.ts';
import { isHostArray } from '../../host-array.ts';
import { formatShape, type Shape, sameShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { cast } from '../cast.ts';
import { less } from '../less.ts';
import type { CellWeights, SequenceOptions } from './types.ts';

/** Options that every recurrent op takes, for `checkOptions`. */
export const sequenceOptionNames: readonly string[] = [
  'h0',
  'mask',
  'lengths',
  'reverse',
  'zeroOutputForMask',
  'dropoutMask',
  'recurrentDropoutMask',
  'activation',
];

const articles: Readonly<Record<string, string>> = { lstm: 'An LSTM', gru: 'A GRU', simpleRnn: 'A simple RNN' };

const ownNames = { kernel: 'kernel', recurrentKernel: 'recurrentKernel', bias: 'bias' };

/** What weights and states are checked against: the input, or what is known of it. */
export type InputLike = Pick<Tensor, 'shape' | 'dtype'>;

/** Throws unless a tensor has the expected shape and the dtype of `like`. */
export function expectShape(
  where: string,
  name: string,
  x: Tensor,
  shape: Shape,
  meaning: string,
  like: InputLike,
): void {
  assertTensor(where, name, x);
  if (!sameShape(x.shape, shape)) {
    throw new ShapeError(
      where,
      `${name} is ${formatShape(x.shape)}.`,
      `Here it is ${meaning} = ${formatShape(shape)}.`,
      `Check ${name} against x and the weights.`,
    );
  }
  if (x.dtype === like.dtype) return;
  throw new DTypeError(
    where,
    `${name} is ${x.dtype}, x is ${like.dtype}.`,
    'Inputs and weights have one dtype.',
    `Convert it: cast(${name}, '${like.dtype}').`,
  );
}

/** Throws unless `value` is an object, which holds tensors under the given names. */
export function checkHolder(where: string, name: string, value: object, names: string): void {
  if (typeof value === 'object' && value !== null) return;
  throw new OptionError(where, `${name} is ${describeValue(value)}.`, `It holds ${names}.`, `Write { ${names} }.`);
}

/**
 * Returns the number of units of `weights` after checking their shapes against an input of `features`.
 *
 * @param names - what the weights are called in messages
 */
export function checkWeights(
  where: string,
  weights: CellWeights,
  gates: number,
  x: InputLike,
  biasShape: (units: number) => Shape = (units) => [gates * units],
  names: Readonly<Record<'kernel' | 'recurrentKernel' | 'bias', string>> = ownNames,
): number {
  checkHolder(where, 'weights', weights, 'kernel, recurrentKernel, bias');
  const { kernel, recurrentKernel, bias } = weights;
  const features = x.shape.at(-1) as number;
  assertTensor(where, names.recurrentKernel, recurrentKernel);
  const units = recurrentKernel.shape[0] ?? 0;
  const packed = gates === 1 ? 'units' : `${gates}·units`;
  expectShape(
    where,
    names.recurrentKernel,
    recurrentKernel,
    [units, gates * units],
    `[units, ${packed}] with units ${units}`,
    x,
  );
  expectShape(where, names.kernel, kernel, [features, gates * units], `[input, ${packed}]`, x);
  if (bias !== undefined) {
    const shape = biasShape(units);
    expectShape(where, names.bias, bias, shape, shape.length === 2 ? `[2, ${packed}]` : `[${packed}]`, x);
  }
  return units;
}

/** Throws unless `x` is a floating-point `[batch, time, features]` with at least one step. */
function checkSequence(where: string, x: Tensor): void {
  assertFloat(where, 'input', x);
  const rule = `${articles[where]} takes [batch, time, features].`;
  if (x.rank !== 3) {
    throw new ShapeError(
      where,
      `input is ${formatShape(x.shape)}.`,
      rule,
      x.rank === 2
        ? `Add a features axis: reshape(x, [${x.shape.join(', ')}, 1]).`
        : 'Bring it to three axes with reshape.',
    );
  }
  if (x.shape[1] === 0) {
    throw new ShapeError(where, `input is ${formatShape(x.shape)}.`, 'A sequence has at least one step.', 'Check x.');
  }
}

/** Throws unless states and dropout masks fit `x` and `units`. */
function checkStates(
  where: string,
  x: Tensor,
  units: number,
  options: SequenceOptions & { c0?: Tensor | undefined },
): void {
  const [batch, , features] = x.shape as readonly [number, number, number];
  const { h0, c0, dropoutMask, recurrentDropoutMask } = options;
  if (h0 !== undefined) expectShape(where, 'h0', h0, [batch, units], '[batch, units]', x);
  if (c0 !== undefined) expectShape(where, 'c0', c0, [batch, units], '[batch, units]', x);
  if (dropoutMask !== undefined) expectShape(where, 'dropoutMask', dropoutMask, [batch, features], '[batch, input]', x);
  if (recurrentDropoutMask !== undefined)
    expectShape(where, 'recurrentDropoutMask', recurrentDropoutMask, [batch, units], '[batch, units]', x);
}

/** Returns the mask `[batch, time]` in the dtype of `x`, made from `lengths` where those are given. */
function maskOf(where: string, x: Tensor, { mask, lengths }: SequenceOptions): Tensor | undefined {
  const shape = x.shape.slice(0, 2) as [number, number];
  if (lengths === undefined) {
    if (mask === undefined) return undefined;
    assertTensor(where, 'mask', mask);
    if (!sameShape(mask.shape, shape)) {
      throw new ShapeError(
        where,
        `mask is ${formatShape(mask.shape)}.`,
        `A mask is 0/1 [batch, time] = ${formatShape(shape)}.`,
        'Check mask.',
      );
    }
    return mask.dtype === x.dtype ? mask : cast(mask, x.dtype);
  }
  if (mask !== undefined) {
    throw new OptionError(where, 'mask and lengths are both given.', 'They say the same.', 'Keep one of them.');
  }
  const [batch, time] = shape;
  const list = isHostArray(lengths) ? [...lengths.data] : lengths;
  const values = Array.isArray(list) ? list : [];
  const wrong = values.findIndex((length) => !Number.isInteger(length) || length < 0 || length > time);
  if (values.length !== batch || wrong >= 0) {
    throw new ShapeError(
      where,
      wrong < 0 ? `lengths holds ${values.length} numbers.` : `lengths[${wrong}] is ${values[wrong]}.`,
      `lengths holds the valid steps of each of ${batch} sequences, 0 to ${time}.`,
      'Pass a list of such numbers.',
    );
  }
  const { backend } = x;
  const steps = arange(time, { backend });
  const limits = tensor(Int32Array.from(values), { shape: [batch, 1], backend });
  return cast(less(steps, limits), x.dtype);
}

/** What a recurrent op is called with, checked. */
export interface SequenceCall {
  readonly units: number;
  readonly inputs: RecurrentInputs<Tensor> & { readonly c0?: Tensor | undefined };
  readonly attributes: { readonly reverse: boolean; readonly zeroOutputForMask: boolean };
}

/** Returns the checked call of a recurrent op; makes the mask, so it runs inside the op's `tidy`. */
export function sequenceCall(
  where: string,
  gates: number,
  x: Tensor,
  weights: CellWeights,
  options: SequenceOptions & { readonly c0?: Tensor | undefined },
  biasShape?: (units: number) => Shape,
): SequenceCall {
  checkSequence(where, x);
  const units = checkWeights(where, weights, gates, x, biasShape);
  checkStates(where, x, units, options);
  const { kernel, recurrentKernel, bias } = weights;
  const { h0, c0, dropoutMask, recurrentDropoutMask, reverse = false, zeroOutputForMask = false } = options;
  const mask = maskOf(where, x, options);
  return {
    units,
    inputs: { x, kernel, recurrentKernel, bias, h0, c0, mask, dropoutMask, recurrentDropoutMask },
    attributes: { reverse, zeroOutputForMask },
  };
}
