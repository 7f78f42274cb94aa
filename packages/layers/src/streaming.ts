import { type SessionLayer, type Tensor, UnsupportedError } from '@lstm/core';
import { type Activation, cellActivation } from './activations.ts';

/** Returns the activation of a streamed layer as kernels take it. */
export function fusedActivation(
  where: string,
  option: string,
  activation: Activation,
): 'linear' | 'tanh' | 'sigmoid' | 'hardSigmoid' | 'relu' {
  const fused = cellActivation(where, option, activation);
  if (typeof fused === 'string') return fused;
  throw new UnsupportedError(
    where,
    `${option} is ${typeof activation === 'string' ? activation : 'a function'}.`,
    'A stream knows linear, tanh, sigmoid, hardSigmoid and relu, and softmax at the end.',
    'Predict whole sequences instead.',
  );
}

/** Returns an affine map with its activation as steps of a session. */
export function streamedActivation(
  where: string,
  weights: { readonly kernel: Tensor; readonly bias: Tensor | undefined },
  activation: Activation,
): readonly SessionLayer<Tensor>[] {
  if (activation === 'softmax') return [{ kind: 'linear', ...weights, activation: 'linear' }, { kind: 'softmax' }];
  return [{ kind: 'linear', ...weights, activation: fusedActivation(where, 'activation', activation) }];
}
