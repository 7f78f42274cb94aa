import type { FusedActivation } from '../../backend/fused.ts';
import { checkChoice } from '../../options.ts';
import type { Tensor } from '../../tensor.ts';
import { hardSigmoid } from '../hard-sigmoid.ts';
import { relu } from '../relu.ts';
import { sigmoid } from '../sigmoid.ts';
import { tanh } from '../tanh.ts';

/** An activation that kernels may fuse, or any differentiable function (which runs as a composition of ops). */
export type CellActivation = FusedActivation | ((x: Tensor) => Tensor);

const functions: Readonly<Record<FusedActivation, (x: Tensor) => Tensor>> = {
  linear: (x) => x,
  tanh,
  sigmoid,
  hardSigmoid,
  relu,
};

/** Returns `activation` as a function. */
export function activationFunction(where: string, option: string, activation: CellActivation): (x: Tensor) => Tensor {
  if (typeof activation === 'function') return activation;
  return functions[checkChoice(where, option, activation, Object.keys(functions) as FusedActivation[])];
}
