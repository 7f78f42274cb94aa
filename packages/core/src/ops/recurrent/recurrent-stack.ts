import type { RecurrentStackAttributes, RecurrentStackInputs, RecurrentStackOutputs } from '../../backend/fused.ts';
import type { Tensor } from '../../tensor.ts';
import { embedding } from '../embedding.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import { runRecurrentStack } from './run-stack.ts';
import { simpleRnn } from './simple-rnn.ts';

/**
 * Runs recurrent layers on top of each other, so that a backend may interleave them; containers offer their runs of recurrent
 * layers to it. Equal to {@link lstm}, {@link gru} or {@link simpleRnn} one after the other.
 *
 * @param inputs - `x` `[batch, time, features]`, or `tokens` int32 `[batch, time]` with their `table` `[vocabulary, features]`;
 *   `mask` `[batch, time]`; per layer and direction `0.forward.kernel`, `0.forward.recurrentKernel`, `0.forward.bias`,
 *   `0.forward.h0`, …, named as the options of the layer's op
 * @returns `y` of the last layer, both directions concatenated, and `<layer>.<direction>.h` (and `.c`) of every layer
 * @throws {@link OptionError} when an input is missing or unknown, {@link ShapeError} or {@link DTypeError} when one does not fit
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
  return runRecurrentStack(inputs, attributes, { embedding, lstm, gru, simpleRnn });
}
