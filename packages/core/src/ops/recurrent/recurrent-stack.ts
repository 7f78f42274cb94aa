import type {
  RecurrentStackAttributes,
  RecurrentStackInputs,
  RecurrentStackLayer,
  RecurrentStackOutputs,
} from '../../backend/fused.ts';
import { OptionError } from '../../errors.ts';
import { fusedOp } from '../../fused-op.ts';
import { tidy } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { concat } from '../concat.ts';
import { embedding } from '../embedding.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { simpleRnn } from './simple-rnn.ts';
import type { CellWeights } from './types.ts';

const tensorNames = ['kernel', 'recurrentKernel', 'bias', 'h0', 'c0', 'dropoutMask', 'recurrentDropoutMask'] as const;

function missing(name: string): OptionError {
  return new OptionError(
    'recurrentStack',
    `input ${name} is missing.`,
    'A stack takes x, or tokens and table, and the weights of each layer and direction as <layer>.<direction>.<name>.',
    `Pass ${name}.`,
  );
}

function runLayer(
  x: Tensor,
  prefix: string,
  layer: RecurrentStackLayer,
  reverse: boolean,
  inputs: RecurrentStackInputs<Tensor>,
): { y: Tensor; h: Tensor; c?: Tensor } {
  const named: Partial<Record<(typeof tensorNames)[number], Tensor>> = {};
  for (const name of tensorNames) {
    const tensor = inputs[`${prefix}.${name}`];
    if (tensor !== undefined) named[name] = tensor;
  }
  const { kernel, recurrentKernel, bias, ...rest } = named;
  if (kernel === undefined) throw missing(`${prefix}.kernel`);
  if (recurrentKernel === undefined) throw missing(`${prefix}.recurrentKernel`);
  const weights: CellWeights = { kernel, recurrentKernel, bias };
  const options = { ...rest, mask: inputs['mask'], reverse };
  if (layer.cell === 'lstm') return lstm(x, weights, { ...layer.attributes, ...options });
  if (layer.cell === 'gru') return gru(x, weights, { ...layer.attributes, ...options });
  return simpleRnn(x, weights, { ...layer.attributes, ...options });
}

/** The definition of the op: one layer after the other. */
function composition(
  inputs: RecurrentStackInputs<Tensor>,
  { layers }: RecurrentStackAttributes,
): RecurrentStackOutputs<Tensor> {
  const { x, tokens, table } = inputs;
  if (x === undefined && (tokens === undefined || table === undefined)) throw missing('x');
  let y = x ?? embedding(table as Tensor, tokens as Tensor);
  const states: Record<string, Tensor> = {};
  layers.forEach((layer, index) => {
    const outputs = layer.directions.map((direction) => {
      const prefix = `${index}.${direction}`;
      const found = runLayer(y, prefix, layer, direction === 'reverse', inputs);
      states[`${prefix}.h`] = found.h;
      if (found.c !== undefined) states[`${prefix}.c`] = found.c;
      return found.y;
    });
    y = outputs.length === 1 ? (outputs[0] as Tensor) : concat(outputs, { axis: 2 });
  });
  return { y, ...states };
}

/**
 * Runs recurrent layers on top of each other, so that a backend may interleave them; containers offer their runs of recurrent
 * layers to it. Equal to {@link lstm}, {@link gru} or {@link simpleRnn} one after the other.
 *
 * @param inputs - `x` `[batch, time, features]`, or `tokens` int32 `[batch, time]` with their `table` `[vocabulary, features]`;
 *   `mask` `[batch, time]`; per layer and direction `0.forward.kernel`, `0.forward.recurrentKernel`, `0.forward.bias`,
 *   `0.forward.h0`, …, named as the options of the layer's op
 * @returns `y` of the last layer, both directions concatenated, and `<layer>.<direction>.h` (and `.c`) of every layer
 * @throws {@link OptionError} when an input is missing, {@link ShapeError} when one does not fit
 *
 * @example
 * ```ts
 * import { ones, recurrentStack, useBackend, zeros } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const attributes = { reverse: false, zeroOutputForMask: false, activation: 'tanh' } as const;
 * const { y } = recurrentStack(
 *   {
 *     x: ones([2, 5, 3]),
 *     '0.forward.kernel': zeros([3, 4]),
 *     '0.forward.recurrentKernel': zeros([4, 4]),
 *     '0.reverse.kernel': zeros([3, 4]),
 *     '0.reverse.recurrentKernel': zeros([4, 4]),
 *   },
 *   { layers: [{ cell: 'simpleRnn', directions: ['forward', 'reverse'], attributes }] },
 * );
 * console.log(y?.shape); // => [ 2, 5, 8 ]
 * ```
 */
export function recurrentStack(
  inputs: RecurrentStackInputs<Tensor>,
  attributes: RecurrentStackAttributes,
): RecurrentStackOutputs<Tensor> {
  return tidy(() => fusedOp({ name: 'recurrentStack', inputs, attributes, fallback: composition }));
}
