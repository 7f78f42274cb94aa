import { checkOptions } from '../../options.ts';
import { tidy } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { activationFunction } from './activation.ts';
import { checkStep, project } from './cell.ts';
import { simpleRnnStep } from './steps.ts';
import type { CellWeights, SimpleRnnCellOptions } from './types.ts';

/**
 * Returns the next state `[batch, units]` of one step of a simple recurrent network, see {@link simpleRnn}.
 *
 * @param x - input of the step `[batch, features]`
 * @param h - state `[batch, units]`
 * @throws {@link ShapeError} or {@link DTypeError} when an input does not fit, {@link OptionError} for an unknown option
 *
 * @example
 * ```ts
 * import { simpleRnnCell, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const weights = { kernel: tensor([[1]]), recurrentKernel: tensor([[0.5]]) };
 * const h = simpleRnnCell(tensor([[1]]), tensor([[4]]), weights, { activation: 'relu' });
 * console.log(await h.item()); // => 3
 * ```
 */
export function simpleRnnCell(x: Tensor, h: Tensor, weights: CellWeights, options: SimpleRnnCellOptions = {}): Tensor {
  checkOptions('simpleRnnCell', options, ['activation']);
  checkStep('simpleRnnCell', 1, x, { h }, weights);
  const activation = activationFunction('simpleRnnCell', 'activation', options.activation ?? 'tanh');
  const { recurrentKernel } = weights;
  return tidy(() =>
    simpleRnnStep({ projected: project(x, weights.kernel, weights.bias), recurrentKernel, activation }, h),
  );
}
