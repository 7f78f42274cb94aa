import { type Initializer, sizeOf, uniform } from '@lstm/core';
import { gru, type Layer, lstm, simpleRnn } from '@lstm/layers';

/** A recurrent layer and how it starts. */
export interface Contender {
  readonly name: ContenderName;
  /** Returns the layer for sequences of a length; its outputs are the last output and the final states. */
  make(time: number, units: number): Layer;
}

/** Names of {@link contenders}, which the PyTorch script has too. */
export type ContenderName = 'simple RNN' | 'simple RNN, orthogonal' | 'GRU' | 'LSTM, forget bias 1' | 'LSTM, chrono';

/** A simple layer with PyTorch's initial values, uniform within one over the root of the units, but for the recurrent kernel. */
function simple(units: number, recurrentInitializer?: 'orthogonal'): Layer {
  const max = 1 / Math.sqrt(units);
  const initial: Initializer = (shape, key) => uniform(sizeOf(shape), key, { min: -max, max });
  return simpleRnn({
    units,
    returnState: true,
    kernelInitializer: initial,
    recurrentInitializer: recurrentInitializer ?? initial,
    biasInitializer: initial,
  });
}

/** What is compared. */
export const contenders: readonly Contender[] = [
  { name: 'simple RNN', make: (_, units) => simple(units) },
  { name: 'simple RNN, orthogonal', make: (_, units) => simple(units, 'orthogonal') },
  { name: 'GRU', make: (_, units) => gru({ units, returnState: true }) },
  { name: 'LSTM, forget bias 1', make: (_, units) => lstm({ units, returnState: true, forgetBias: 1 }) },
  {
    name: 'LSTM, chrono',
    make: (time, units) => lstm({ units, returnState: true, forgetBias: 'chrono', chronoMaxLength: time }),
  },
];
