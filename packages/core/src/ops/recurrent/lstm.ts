import type { LstmAttributes, LstmInputs, LstmOutputs } from '../../backend/fused.ts';
import { fusedOp } from '../../fused-op.ts';
import { checkOptions } from '../../options.ts';
import { tidy } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { activationFunction, type CellActivation } from './activation.ts';
import { sequenceCall, sequenceOptionNames } from './inputs.ts';
import { lstmStep } from './steps.ts';
import type { CellWeights, LstmOptions } from './types.ts';
import { walk } from './walk.ts';

interface Attributes extends Omit<LstmAttributes, 'activation' | 'recurrentActivation'> {
  readonly activation: CellActivation;
  readonly recurrentActivation: CellActivation;
}

/** The definition of the op in ordinary ops. */
function composition(inputs: LstmInputs<Tensor>, attributes: Attributes): LstmOutputs<Tensor> {
  const { recurrentKernel, recurrentDropoutMask, h0, c0 } = inputs;
  const activation = activationFunction('lstm', 'activation', attributes.activation);
  const recurrentActivation = activationFunction('lstm', 'recurrentActivation', attributes.recurrentActivation);
  const units = recurrentKernel.shape[0] as number;
  const { y, states } = walk({ ...inputs, ...attributes }, units, [h0, c0], (projected, [h, c]) => {
    const step = { projected, recurrentKernel, recurrentDropoutMask, activation, recurrentActivation };
    const next = lstmStep(step, h as Tensor, c as Tensor);
    return [next.h, next.c];
  });
  return { y, h: states[0] as Tensor, c: states[1] as Tensor };
}

/**
 * Runs a long short-term memory over whole sequences (Hochreiter & Schmidhuber 1997; forget gate of Gers et al. 2000).
 *
 * With the gates packed i, f, c, o and `z = x·kernel + h·recurrentKernel + bias`: `c' = σ(z_f) ∘ c + σ(z_i) ∘ tanh(z_c)`,
 * `h' = σ(z_o) ∘ tanh(c')`. Gradients reach `x`, the weights, `h0` and `c0`; inputs of masked steps get zero.
 *
 * @param x - `[batch, time, features]`
 * @param weights - kernel `[features, 4·units]`, recurrentKernel `[units, 4·units]`, bias `[4·units]`
 * @returns `y` `[batch, time, units]`, the final states `h` and `c` `[batch, units]`
 * @throws {@link ShapeError} or {@link DTypeError} when an input does not fit, {@link OptionError} for an unknown option
 *
 * @example
 * ```ts
 * import { lstm, tensor, useBackend, zeros } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x = tensor([[[1], [2], [3]]]); // one sequence of three steps, one feature each
 * const weights = { kernel: zeros([1, 8]), recurrentKernel: zeros([2, 8]), bias: zeros([8]) };
 * const { y, h, c } = lstm(x, weights, { lengths: [2] });
 * console.log(y.shape, h.shape, c.shape); // => [ 1, 3, 2 ] [ 1, 2 ] [ 1, 2 ]
 * ```
 */
export function lstm(x: Tensor, weights: CellWeights, options: LstmOptions = {}): LstmOutputs<Tensor> {
  checkOptions('lstm', options, [...sequenceOptionNames, 'c0', 'recurrentActivation']);
  const { activation = 'tanh', recurrentActivation = 'sigmoid' } = options;
  return tidy(() => {
    const { inputs, attributes } = sequenceCall('lstm', 4, x, weights, options);
    if (typeof activation === 'function' || typeof recurrentActivation === 'function')
      return composition(inputs, { ...attributes, activation, recurrentActivation });
    const fused = { ...attributes, activation, recurrentActivation };
    return fusedOp({ name: 'lstm', inputs, attributes: fused, fallback: composition });
  });
}
