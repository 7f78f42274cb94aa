import type { RecurrentAttributes, RecurrentInputs, RecurrentOutputs } from '../../backend/fused.ts';
import { fusedOp } from '../../fused-op.ts';
import { checkOptions } from '../../options.ts';
import { tidy } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { activationFunction, type CellActivation } from './activation.ts';
import { sequenceCall, sequenceOptionNames } from './inputs.ts';
import { simpleRnnStep } from './steps.ts';
import type { CellWeights, SimpleRnnOptions } from './types.ts';
import { walk } from './walk.ts';

interface Attributes extends Omit<RecurrentAttributes, 'activation'> {
  readonly activation: CellActivation;
}

/** The definition of the op in ordinary ops. */
function composition(inputs: RecurrentInputs<Tensor>, attributes: Attributes): RecurrentOutputs<Tensor> {
  const { recurrentKernel, recurrentDropoutMask, h0 } = inputs;
  const activation = activationFunction('simpleRnn', 'activation', attributes.activation);
  const units = recurrentKernel.shape[0] as number;
  const { y, states } = walk({ ...inputs, ...attributes }, units, [h0], (projected, [h]) => [
    simpleRnnStep({ projected, recurrentKernel, recurrentDropoutMask, activation }, h as Tensor),
  ]);
  return { y, h: states[0] as Tensor };
}

/**
 * Runs a simple recurrent network over whole sequences (Elman 1990): `h' = tanh(x·kernel + h·recurrentKernel + bias)`.
 *
 * Gradients reach `x`, the weights and `h0`; inputs of masked steps get zero.
 *
 * @param x - `[batch, time, features]`
 * @param weights - kernel `[features, units]`, recurrentKernel `[units, units]`, bias `[units]`
 * @returns `y` `[batch, time, units]` and the final state `h` `[batch, units]`
 * @throws {@link ShapeError} or {@link DTypeError} when an input does not fit, {@link OptionError} for an unknown option
 *
 * @example
 * ```ts
 * import { simpleRnn, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x = tensor([[[1], [0], [0]]]); // an impulse, then silence
 * const weights = { kernel: tensor([[1]]), recurrentKernel: tensor([[0.5]]) };
 * const { y } = simpleRnn(x, weights, { activation: 'linear' });
 * console.log(await y.data()); // => Float32Array(3) [ 1, 0.5, 0.25 ]
 * ```
 */
export function simpleRnn(x: Tensor, weights: CellWeights, options: SimpleRnnOptions = {}): RecurrentOutputs<Tensor> {
  checkOptions('simpleRnn', options, sequenceOptionNames);
  const { activation = 'tanh' } = options;
  return tidy(() => {
    const { inputs, attributes } = sequenceCall('simpleRnn', 1, x, weights, options);
    if (typeof activation === 'function') return composition(inputs, { ...attributes, activation });
    return fusedOp({ name: 'simpleRnn', inputs, attributes: { ...attributes, activation }, fallback: composition });
  });
}
