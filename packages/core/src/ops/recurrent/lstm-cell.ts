import { checkOptions } from '../../options.ts';
import { tidy } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { activationFunction } from './activation.ts';
import { checkStep, project } from './cell.ts';
import { checkHolder } from './inputs.ts';
import { lstmStep } from './steps.ts';
import type { CellWeights, LstmCellOptions } from './types.ts';

/** State of an LSTM. */
export interface LstmState {
  /** Output `[batch, units]` */
  readonly h: Tensor;
  /** Cell state `[batch, units]` */
  readonly c: Tensor;
}

/**
 * Returns the next state of one step of a long short-term memory, see {@link lstm}. A loop over it has the gradients of the
 * whole-sequence op.
 *
 * @param x - input of the step `[batch, features]`
 * @throws {@link ShapeError} or {@link DTypeError} when an input does not fit, {@link OptionError} for an unknown option
 *
 * @example
 * ```ts
 * import { lstmCell, tensor, useBackend, zeros } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const weights = { kernel: zeros([1, 8]), recurrentKernel: zeros([2, 8]) };
 * let state = { h: zeros([1, 2]), c: tensor([[1, 2]]) };
 * for (const x of [1, 2, 3]) state = lstmCell(tensor([[x]]), state, weights); // depth may depend on the data
 * console.log(await state.c.data()); // => Float32Array(2) [ 0.125, 0.25 ]
 * ```
 */
export function lstmCell(x: Tensor, state: LstmState, weights: CellWeights, options: LstmCellOptions = {}): LstmState {
  checkOptions('lstmCell', options, ['activation', 'recurrentActivation']);
  checkHolder('lstmCell', 'state', state, 'h, c');
  checkStep('lstmCell', 4, x, { h: state.h, c: state.c }, weights);
  const activation = activationFunction('lstmCell', 'activation', options.activation ?? 'tanh');
  const recurrentActivation = activationFunction(
    'lstmCell',
    'recurrentActivation',
    options.recurrentActivation ?? 'sigmoid',
  );
  const { kernel, recurrentKernel, bias } = weights;
  return tidy(() => {
    const projected = project(x, kernel, bias);
    return lstmStep({ projected, recurrentKernel, activation, recurrentActivation }, state.h, state.c);
  });
}
