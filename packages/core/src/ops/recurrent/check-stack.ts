import type { RecurrentStackAttributes, RecurrentStackInputs, RecurrentStackLayer } from '../../backend/fused.ts';
import { checkFloat } from '../../dtype.ts';
import { DTypeError, OptionError, ShapeError } from '../../errors.ts';
import { checkChoice, checkOptions } from '../../options.ts';
import { formatShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { gruBiasShape } from './gru-bias-shape.ts';
import { checkWeights, expectShape, type InputLike } from './inputs.ts';
import { type RecurrentStackNames, recurrentStackNames } from './stack-names.ts';

const where = 'recurrentStack';
const gates: Readonly<Record<RecurrentStackLayer['cell'], number>> = { lstm: 4, gru: 3, simpleRnn: 1 };

const attributeNames: Readonly<Record<RecurrentStackLayer['cell'], readonly string[]>> = {
  lstm: ['reverse', 'zeroOutputForMask', 'activation', 'recurrentActivation'],
  gru: ['reverse', 'zeroOutputForMask', 'activation', 'recurrentActivation', 'resetAfter'],
  simpleRnn: ['reverse', 'zeroOutputForMask', 'activation'],
};

function missing(name: string): OptionError {
  return new OptionError(
    where,
    `input ${name} is missing.`,
    'A stack takes x, or tokens and table, and the weights of each layer and direction as <layer>.<direction>.<name>.',
    `Pass ${name}.`,
  );
}

/** Returns the shape `[batch, time, features]` and the dtype of what the first layer takes. */
function inputOf({ x, tokens, table, mask }: RecurrentStackInputs<Tensor>): InputLike {
  if (x !== undefined && (tokens !== undefined || table !== undefined)) {
    throw new OptionError(where, 'x and tokens are both given.', 'A stack takes one of them.', 'Leave out the other.');
  }
  if (x === undefined && (tokens === undefined || table === undefined)) {
    throw missing(tokens === undefined ? (table === undefined ? 'x' : 'tokens') : 'table');
  }
  const sequence = x ?? (tokens as Tensor);
  const [rank, form] = x === undefined ? [2, 'tokens are [batch, time]'] : [3, 'x is [batch, time, features]'];
  if (sequence.rank !== rank || sequence.shape[1] === 0) {
    const rule = `In a stack ${form}, with at least one step.`;
    throw new ShapeError(where, `the input is ${formatShape(sequence.shape)}.`, rule, 'Bring it to that shape.');
  }
  if (x === undefined) {
    if (sequence.dtype !== 'int32') {
      throw new DTypeError(where, `tokens are ${sequence.dtype}.`, 'Tokens are int32.', "Write cast(tokens, 'int32').");
    }
    if (table?.rank !== 2) {
      const rule = 'A table of embeddings is [vocabulary, features].';
      throw new ShapeError(where, `table is ${formatShape(table?.shape ?? [])}.`, rule, 'Pass a matrix.');
    }
  }
  const { dtype } = table ?? sequence;
  checkFloat(where, table === undefined ? 'x' : 'table', dtype);
  const [batch = 0, time = 0] = sequence.shape;
  const shape = [batch, time, (table ?? sequence).shape.at(-1) as number];
  if (mask !== undefined) expectShape(where, 'mask', mask, [batch, time], '[batch, time]', { shape, dtype });
  return { shape, dtype };
}

/** Throws unless the inputs of a stack are all there, all known, and fit together. */
export function checkStack(inputs: RecurrentStackInputs<Tensor>, attributes: RecurrentStackAttributes): void {
  checkOptions(where, attributes, ['layers']);
  if (attributes.layers.length === 0) {
    throw new OptionError(where, 'there are no layers.', 'A stack has at least one.', 'Describe them in layers.');
  }
  const known = ['x', 'tokens', 'table', 'mask'];
  const { shape, dtype } = inputOf(inputs);
  const [batch = 0, time = 0] = shape;
  let features = shape[2] as number;
  attributes.layers.forEach((layer, index) => {
    checkChoice(where, `cell of layer ${index}`, layer.cell, ['lstm', 'gru', 'simpleRnn']);
    checkOptions(where, layer, ['cell', 'directions', 'attributes']);
    checkOptions(where, layer.attributes, attributeNames[layer.cell]);
    if (layer.directions.length === 0 || new Set(layer.directions).size < layer.directions.length) {
      const fact = `directions of layer ${index} are [${layer.directions.join(', ')}].`;
      throw new OptionError(where, fact, 'A layer walks forward, reverse or both.', "Write ['forward'].");
    }
    const like = { shape: [batch, time, features], dtype };
    let width = 0;
    for (const direction of layer.directions) {
      checkChoice(where, `direction of layer ${index}`, direction, ['forward', 'reverse']);
      const names = recurrentStackNames(index, direction);
      width += checkDirection(layer, inputs, names, like);
      known.push(names.kernel, names.recurrentKernel, names.bias, names.h0, names.c0);
      known.push(names.dropoutMask, names.recurrentDropoutMask);
    }
    features = width;
  });
  checkOptions(where, inputs, known);
}

/** Checks the tensors of one direction; returns the number of units. */
function checkDirection(
  layer: RecurrentStackLayer,
  inputs: RecurrentStackInputs<Tensor>,
  names: RecurrentStackNames,
  like: InputLike,
): number {
  const kernel = inputs[names.kernel];
  const recurrentKernel = inputs[names.recurrentKernel];
  const c0 = inputs[names.c0];
  if (kernel === undefined) throw missing(names.kernel);
  if (recurrentKernel === undefined) throw missing(names.recurrentKernel);
  const weights = { kernel, recurrentKernel, bias: inputs[names.bias] };
  const biasShape =
    layer.cell === 'gru' ? (units: number) => gruBiasShape(units, layer.attributes.resetAfter) : undefined;
  const units = checkWeights(where, weights, gates[layer.cell], like, biasShape, names);
  const [batch = 0, , features = 0] = like.shape;
  if (c0 !== undefined && layer.cell !== 'lstm') {
    throw new OptionError(where, `${names.c0} is given.`, `A ${layer.cell} has no cell state.`, 'Leave it out.');
  }
  const expect = (name: string, size: number, meaning: string): void => {
    const tensor = inputs[name];
    if (tensor !== undefined) expectShape(where, name, tensor, [batch, size], meaning, like);
  };
  expect(names.h0, units, '[batch, units]');
  expect(names.c0, units, '[batch, units]');
  expect(names.dropoutMask, features, '[batch, size]');
  expect(names.recurrentDropoutMask, units, '[batch, size]');
  return units;
}
