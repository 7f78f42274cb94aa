import {
  checkChoice,
  elu,
  gelu,
  hardSigmoid,
  leakyRelu,
  logSoftmax,
  relu,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  type Tensor,
  tanh,
} from '@lstm/core';

/** Names of the activations that layers take. */
export type ActivationName =
  | 'linear'
  | 'relu'
  | 'leakyRelu'
  | 'elu'
  | 'selu'
  | 'gelu'
  | 'silu'
  | 'softplus'
  | 'softsign'
  | 'sigmoid'
  | 'hardSigmoid'
  | 'tanh'
  | 'softmax'
  | 'logSoftmax';

const activations: Readonly<Record<ActivationName, (x: Tensor) => Tensor>> = {
  linear: (x) => x,
  relu,
  leakyRelu: (x) => leakyRelu(x),
  elu: (x) => elu(x),
  selu,
  gelu,
  silu,
  softplus,
  softsign,
  sigmoid,
  hardSigmoid,
  tanh,
  softmax: (x) => softmax(x),
  logSoftmax: (x) => logSoftmax(x),
};

/** An activation by name, or any differentiable function of a tensor. */
export type Activation = ActivationName | ((x: Tensor) => Tensor);

/** Activations of other libraries, and what they are here. */
const elsewhere = {
  swish: "Did you mean 'silu'?",
  logistic: "Did you mean 'sigmoid'?",
  identity: "Did you mean 'linear'?",
  none: "Did you mean 'linear'?",
  exponential: 'Pass the function exp of @lstm/core.',
  relu6: 'Pass a function: (x) => clip(x, 0, 6), with clip of @lstm/core.',
  hardTanh: 'Pass a function: (x) => clip(x, -1, 1), with clip of @lstm/core.',
  logSigmoid: 'Pass a function: (x) => neg(softplus(neg(x))), with ops of @lstm/core.',
};

/** Returns the activation of a name, or a function as it is. */
export function activationOf(where: string, option: string, activation: Activation): (x: Tensor) => Tensor {
  if (typeof activation === 'function') return activation;
  return activations[checkChoice(where, option, activation, Object.keys(activations) as ActivationName[], elsewhere)];
}

const fusedNames = ['linear', 'tanh', 'sigmoid', 'hardSigmoid', 'relu'] as const;

/** Returns an activation as ops take it: a name that kernels may fuse, else a function. */
export function cellActivation(
  where: string,
  option: string,
  activation: Activation,
): (typeof fusedNames)[number] | ((x: Tensor) => Tensor) {
  const fused = fusedNames.find((name) => name === activation);
  return fused ?? activationOf(where, option, activation);
}
