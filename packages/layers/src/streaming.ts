import { type SessionLayer, type Tensor, UnsupportedError } from '@lstm/core';
import { type Activation, cellActivation } from './activations.ts';
import type { Layer } from './layer.ts';
import { stepByStep } from './layer-errors.ts';
import { formatPartialShape } from './shape.ts';

/** Returns the activation of a streamed cell as kernels take it. */
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
    'In cells a stream knows linear, tanh, sigmoid, hardSigmoid and relu.',
    stepByStep,
  );
}

function carriesStates(layer: Layer): boolean {
  return ('stateful' in layer && layer.stateful === true) || layer.children.some(carriesStates);
}

/** Throws where a step holds more than a vector: [batch, time, 4, 3]. */
function expectVectors(layer: Layer): void {
  const shape = [layer.knownInputShape, ...layer.knownOutputShapes].find(
    (each) => each !== undefined && each.length > 3,
  );
  if (shape === undefined) return;
  throw new UnsupportedError(
    layer.name,
    `an input or output is ${formatPartialShape(shape)}.`,
    'A step of a stream is a vector: the features, or one token.',
    stepByStep,
  );
}

/**
 * Returns the layers of a network that was built, in the order in which they run, as steps of a session. A layer that comes twice
 * has a state for each time.
 *
 * @throws UnsupportedError when a layer needs more than the steps so far, or a step is no vector
 */
export function streamedLayers(layers: readonly Layer[]): readonly SessionLayer<Tensor>[] {
  return layers.flatMap((layer, index) => {
    expectVectors(layer);
    if (layers.indexOf(layer) < index && carriesStates(layer)) {
      throw new UnsupportedError(
        layer.name,
        'the layer is stateful and comes twice.',
        'The second time it starts where the first one ended, which a stream does not know.',
        'Leave stateful out, or predict whole sequences.',
      );
    }
    return layer.sessionLayers();
  });
}

/** Returns an affine map with its activation as steps of a session. */
export function streamedActivation(
  where: string,
  weights: { readonly kernel: Tensor; readonly bias: Tensor | undefined },
  activation: Activation,
): readonly SessionLayer<Tensor>[] {
  const fused = cellActivation(where, 'activation', activation);
  if (typeof fused === 'string') return [{ kind: 'linear', ...weights, activation: fused }];
  return [
    { kind: 'linear', ...weights, activation: 'linear' },
    activation === 'softmax' ? { kind: 'softmax' } : { kind: 'activation', apply: fused },
  ];
}
