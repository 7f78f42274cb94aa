import { checkOptions } from '../../options.ts';
import { tidy } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { unstack } from '../unstack.ts';
import { activationFunction } from './activation.ts';
import { checkStep, project } from './cell.ts';
import { gruBiasShape } from './gru-bias-shape.ts';
import { gruStep } from './steps.ts';
import type { CellWeights, GruCellOptions } from './types.ts';

/** Returns the biases `[3·units]` of the input's and of the recurrent product. */
export function gruBiases(bias: Tensor | undefined, resetAfter: boolean): readonly (Tensor | undefined)[] {
  return bias === undefined || !resetAfter ? [bias, undefined] : unstack(bias, { axis: 0 });
}

/**
 * Returns the next state `[batch, units]` of one step of a gated recurrent unit, see {@link gru}.
 *
 * @param x - input of the step `[batch, features]`
 * @param h - state `[batch, units]`
 * @throws {@link ShapeError} or {@link DTypeError} when an input does not fit, {@link OptionError} for an unknown option
 *
 * @example
 * ```ts
 * import { gruCell, tensor, useBackend, zeros } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const weights = { kernel: zeros([1, 6]), recurrentKernel: zeros([2, 6]) };
 * const h = gruCell(tensor([[1]]), tensor([[1, 2]]), weights);
 * console.log(await h.data()); // => Float32Array(2) [ 0.5, 1 ]
 * ```
 */
export function gruCell(x: Tensor, h: Tensor, weights: CellWeights, options: GruCellOptions = {}): Tensor {
  checkOptions('gruCell', options, ['activation', 'recurrentActivation', 'resetAfter']);
  const { resetAfter = true } = options;
  checkStep('gruCell', 3, x, { h }, weights, (units) => gruBiasShape(units, resetAfter));
  const activation = activationFunction('gruCell', 'activation', options.activation ?? 'tanh');
  const recurrentActivation = activationFunction(
    'gruCell',
    'recurrentActivation',
    options.recurrentActivation ?? 'sigmoid',
  );
  const { kernel, recurrentKernel } = weights;
  return tidy(() => {
    const [bias, recurrentBias] = gruBiases(weights.bias, resetAfter);
    const projected = project(x, kernel, bias);
    return gruStep({ projected, recurrentKernel, recurrentBias, activation, recurrentActivation, resetAfter }, h);
  });
}
