import type { RecurrentStackAttributes, RecurrentStackInputs, RecurrentStackOutputs } from '../../backend/fused.ts';
import { fusedOp } from '../../fused-op.ts';
import { tidy } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { concat } from '../concat.ts';
import type { embedding } from '../embedding.ts';
import { checkStack } from './check-stack.ts';
import type { gru } from './gru.ts';
import type { lstm } from './lstm.ts';
import type { simpleRnn } from './simple-rnn.ts';
import { recurrentStackNames } from './stack-names.ts';

/** The ops of which a stack is composed; those that it has no layer of may be left out, so that a bundle can be without them. */
export interface RecurrentStackOps {
  readonly embedding?: typeof embedding;
  readonly lstm?: typeof lstm;
  readonly gru?: typeof gru;
  readonly simpleRnn?: typeof simpleRnn;
}

interface Outputs {
  readonly y: Tensor;
  readonly h: Tensor;
  readonly c?: Tensor;
}
type SequenceOp = (x: Tensor, weights: object, options: object) => Outputs;

/** The definition of the op: one layer after the other. */
function composition(
  inputs: RecurrentStackInputs<Tensor>,
  { layers }: RecurrentStackAttributes,
  ops: RecurrentStackOps,
): RecurrentStackOutputs<Tensor> {
  const { x, tokens, table, mask } = inputs;
  const lookUp = ops.embedding as typeof embedding;
  let y = x ?? lookUp(table as Tensor, tokens as Tensor);
  const states: Record<string, Tensor> = {};
  layers.forEach(({ cell, directions, attributes }, index) => {
    const run = ops[cell] as SequenceOp;
    const outputs = directions.map((direction) => {
      const names = recurrentStackNames(index, direction);
      const [kernel, recurrentKernel, bias] = [inputs[names.kernel], inputs[names.recurrentKernel], inputs[names.bias]];
      const found = run(
        y,
        { kernel, recurrentKernel, bias },
        {
          ...attributes,
          h0: inputs[names.h0],
          ...(cell === 'lstm' && { c0: inputs[names.c0] }),
          dropoutMask: inputs[names.dropoutMask],
          recurrentDropoutMask: inputs[names.recurrentDropoutMask],
          mask,
          reverse: direction === 'reverse',
        },
      );
      states[names.h] = found.h;
      if (found.c !== undefined) states[names.c] = found.c;
      return found.y;
    });
    y = outputs.length === 1 ? (outputs[0] as Tensor) : concat(outputs, { axis: 2 });
  });
  return { y, ...states };
}

/**
 * Runs recurrent layers on top of each other like {@link recurrentStack}, composed of the given ops where the backend has no
 * kernel for the call. Layers call it with their own ops, so that a bundle holds no others.
 *
 * @param ops - those of the cells in `attributes`, and `embedding` when the stack starts with tokens
 * @throws {@link OptionError} when an input is missing or unknown, {@link ShapeError} or {@link DTypeError} when one does not fit
 *
 * @example
 * ```ts
 * import { ones, runRecurrentStack, simpleRnn, useBackend, zeros } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const attributes = { reverse: false, zeroOutputForMask: false, activation: 'tanh' } as const;
 * const inputs = { x: ones([2, 5, 3]), '0.forward.kernel': zeros([3, 4]), '0.forward.recurrentKernel': zeros([4, 4]) };
 * const layers = [{ cell: 'simpleRnn', directions: ['forward'], attributes }] as const;
 * console.log(runRecurrentStack(inputs, { layers }, { simpleRnn })['y']?.shape); // => [ 2, 5, 4 ]
 * ```
 */
export function runRecurrentStack(
  inputs: RecurrentStackInputs<Tensor>,
  attributes: RecurrentStackAttributes,
  ops: RecurrentStackOps,
): RecurrentStackOutputs<Tensor> {
  checkStack(inputs, attributes);
  const fallback = (named: RecurrentStackInputs<Tensor>, given: RecurrentStackAttributes) =>
    composition(named, given, ops);
  return tidy(() => fusedOp({ name: 'recurrentStack', inputs, attributes, fallback }));
}
