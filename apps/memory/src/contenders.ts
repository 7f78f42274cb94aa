import { type Initializer, sizeOf, uniform } from '@lstm/core';
import { dense, gru, type Layer, lstm, simpleRnn } from '@lstm/layers';

/** A recurrent layer and a dense one behind it, and how they start. */
export interface Contender {
  readonly name: ContenderName;
  /** Returns the layer for sequences of a length; its outputs are the last output and the final states. */
  make(time: number, units: number): Layer;
  /** Returns the layer that makes answers of its last output. */
  makeHead(outputs: number, units: number): Layer;
}

/** Names of {@link contenders}, which the PyTorch script has too. */
export type ContenderName = 'simple RNN' | 'simple RNN, orthogonal' | 'GRU' | 'LSTM, forget bias 1' | 'LSTM, chrono';

/** Returns PyTorch's initial values of layers behind or with so many units: uniform within one over the root of their number. */
function likePyTorch(units: number): Initializer {
  const max = 1 / Math.sqrt(units);
  return (shape, key) => uniform(sizeOf(shape), key, { min: -max, max });
}

/** A simple network that starts as PyTorch's but for the recurrent kernel. */
function simple(name: ContenderName, recurrentInitializer?: 'orthogonal'): Contender {
  return {
    name,
    make(_, units) {
      const initial = likePyTorch(units);
      return simpleRnn({
        units,
        returnState: true,
        kernelInitializer: initial,
        recurrentInitializer: recurrentInitializer ?? initial,
        // PyTorch adds two biases.
        biasInitializer(shape, key) {
          const second = initial(shape, { ...key, name: `${key.name}, second` });
          return initial(shape, key).map((first, i) => first + (second[i] as number));
        },
      });
    },
    makeHead(outputs, units) {
      const initial = likePyTorch(units);
      return dense({ units: outputs, kernelInitializer: initial, biasInitializer: initial });
    },
  };
}

/** A gated network that starts as our layers do but for what its name says. */
function gated(name: ContenderName, make: Contender['make']): Contender {
  return { name, make, makeHead: (outputs) => dense({ units: outputs }) };
}

/** What is compared. */
export const contenders: readonly Contender[] = [
  simple('simple RNN'),
  simple('simple RNN, orthogonal', 'orthogonal'),
  gated('GRU', (_, units) => gru({ units, returnState: true })),
  gated('LSTM, forget bias 1', (_, units) => lstm({ units, returnState: true, forgetBias: 1 })),
  gated('LSTM, chrono', (time, units) =>
    lstm({ units, returnState: true, forgetBias: 'chrono', chronoMaxLength: time }),
  ),
];
