import type { GruAttributes, RecurrentInputs, RecurrentOutputs } from '../../backend/fused.ts';
import { fusedOp } from '../../fused-op.ts';
import { checkOptions } from '../../options.ts';
import { tidy } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { activationFunction, type CellActivation } from './activation.ts';
import { gruBiasShape } from './gru-bias-shape.ts';
import { gruBiases } from './gru-cell.ts';
import { sequenceCall, sequenceOptionNames } from './inputs.ts';
import { gruStep } from './steps.ts';
import type { CellWeights, GruOptions } from './types.ts';
import { walk } from './walk.ts';

interface Attributes extends Omit<GruAttributes, 'activation' | 'recurrentActivation'> {
  readonly activation: CellActivation;
  readonly recurrentActivation: CellActivation;
}

/** The definition of the op in ordinary ops. */
function composition(inputs: RecurrentInputs<Tensor>, attributes: Attributes): RecurrentOutputs<Tensor> {
  const { recurrentKernel, recurrentDropoutMask, h0 } = inputs;
  const { resetAfter } = attributes;
  const activation = activationFunction('gru', 'activation', attributes.activation);
  const recurrentActivation = activationFunction('gru', 'recurrentActivation', attributes.recurrentActivation);
  const [bias, recurrentBias] = gruBiases(inputs.bias, resetAfter);
  const shared = { recurrentKernel, recurrentDropoutMask, recurrentBias, activation, recurrentActivation, resetAfter };
  const units = recurrentKernel.shape[0] as number;
  const { y, states } = walk({ ...inputs, ...attributes, bias }, units, [h0], (projected, [h]) => [
    gruStep({ ...shared, projected }, h as Tensor),
  ]);
  return { y, h: states[0] as Tensor };
}

/**
 * Runs a gated recurrent unit over whole sequences (Cho et al. 2014).
 *
 * With the gates packed z, r, h: `h' = z ∘ h + (1 − z) ∘ tanh(…)`; with `resetAfter` (default; Keras, PyTorch, cuDNN) the
 * candidate is `tanh(x_h + b_h + r ∘ (h·R_h + b'_h))`, else `tanh(x_h + b_h + (r ∘ h)·R_h)`. Gradients reach `x`, the weights
 * and `h0`; inputs of masked steps get zero.
 *
 * @param x - `[batch, time, features]`
 * @param weights - kernel `[features, 3·units]`, recurrentKernel `[units, 3·units]`, bias `[2, 3·units]` with `resetAfter`,
 *   else `[3·units]`
 * @returns `y` `[batch, time, units]` and the final state `h` `[batch, units]`
 * @throws {@link ShapeError} or {@link DTypeError} when an input does not fit, {@link OptionError} for an unknown option
 *
 * @example
 * ```ts
 * import { gru, tensor, useBackend, zeros } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x = tensor([[[1], [2], [3]]]); // one sequence of three steps, one feature each
 * const { y, h } = gru(x, { kernel: zeros([1, 6]), recurrentKernel: zeros([2, 6]), bias: zeros([2, 6]) });
 * console.log(y.shape, h.shape); // => [ 1, 3, 2 ] [ 1, 2 ]
 * ```
 */
export function gru(x: Tensor, weights: CellWeights, options: GruOptions = {}): RecurrentOutputs<Tensor> {
  checkOptions('gru', options, [...sequenceOptionNames, 'recurrentActivation', 'resetAfter']);
  const { activation = 'tanh', recurrentActivation = 'sigmoid', resetAfter = true } = options;
  return tidy(() => {
    const { inputs, attributes } = sequenceCall('gru', 3, x, weights, options, (units) =>
      gruBiasShape(units, resetAfter),
    );
    if (typeof activation === 'function' || typeof recurrentActivation === 'function')
      return composition(inputs, { ...attributes, activation, recurrentActivation, resetAfter });
    const fused = { ...attributes, activation, recurrentActivation, resetAfter };
    return fusedOp({ name: 'gru', inputs, attributes: fused, fallback: composition });
  });
}
