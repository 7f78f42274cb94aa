import { gruSession, gru as runGru, type SessionKinds, type SessionLayer, type Tensor } from '@lstm/core';
import { type Activation, activationOf, cellActivation } from './activations.ts';
import type { Layer } from './layer.ts';
import { type DropoutMasks, Recurrent, type RecurrentOptions, type Weights } from './recurrent.ts';
import type { Walk, Walked } from './sequence-layer.ts';
import type { StackCell } from './stack.ts';
import { fusedActivation } from './streaming.ts';

/** Options of {@link gru}. */
export interface GruOptions extends RecurrentOptions {
  /** Activation of the gates. Default `sigmoid`. */
  readonly recurrentActivation?: Activation;
  /** True (default; Keras, PyTorch): the reset gate acts on the recurrent product. False: on the state before it. */
  readonly resetAfter?: boolean;
}

/** Names of the options that only a GRU has, for checks. */
export const gruOptions: readonly string[] = ['recurrentActivation', 'resetAfter'];

/** The layer behind {@link gru}. */
export class Gru extends Recurrent {
  readonly type: string = 'gru';
  protected readonly gates: number = 3;
  declare protected readonly options: GruOptions;

  /** @param where - what errors about the options name */
  constructor(options: GruOptions, where = 'gru') {
    super(where, options, gruOptions);
    activationOf(where, 'recurrentActivation', options.recurrentActivation ?? 'sigmoid');
  }

  override sequence(x: Tensor, { initialState, ...walk }: Walk, masks: DropoutMasks): Walked {
    const { activation = 'tanh', recurrentActivation = 'sigmoid', resetAfter = true } = this.options;
    const { y, h } = runGru(x, this.weights, {
      ...walk,
      ...masks,
      h0: initialState?.[0],
      resetAfter,
      activation: cellActivation(this.name, 'activation', activation),
      recurrentActivation: cellActivation(this.name, 'recurrentActivation', recurrentActivation),
    });
    return { y, states: [h] };
  }

  override get stackCell(): StackCell | undefined {
    const { resetAfter = true } = this.options;
    const activation = this.kernelActivation('activation', this.options.activation ?? 'tanh');
    const gate = this.kernelActivation('recurrentActivation', this.options.recurrentActivation ?? 'sigmoid');
    if (activation === undefined || gate === undefined) return undefined;
    return { cell: 'gru', attributes: { activation, recurrentActivation: gate, resetAfter }, ops: { gru: runGru } };
  }

  override twin(): Gru {
    return new Gru(this.options);
  }

  override get sessionKinds(): SessionKinds {
    return gruSession;
  }

  protected override sessionLayer(weights: Weights): SessionLayer<Tensor> {
    const { activation = 'tanh', recurrentActivation = 'sigmoid', resetAfter = true } = this.options;
    return {
      kind: 'gru',
      ...weights,
      resetAfter,
      activation: fusedActivation(this.name, 'activation', activation),
      recurrentActivation: fusedActivation(this.name, 'recurrentActivation', recurrentActivation),
    };
  }

  protected override biasShape(width: number): readonly number[] {
    return this.options.resetAfter === false ? [width] : [2, width];
  }
}

/**
 * Returns a gated recurrent unit layer (Cho et al. 2014): `[batch, time, features]` gives `[batch, units]`, or with
 * `returnSequences` `[batch, time, units]`; with `returnState` also h `[batch, units]`. Parameters: kernel
 * `[features, 3·units]`, recurrentKernel `[units, 3·units]`, bias `[2, 3·units]` (without `resetAfter` `[3·units]`), gates packed
 * z, r, h.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { gru } from '@lstm/layers';
 *
 * await useBackend(reference());
 * console.log(gru({ units: 8 }).call(ones([2, 10, 3])).shape); // => [ 2, 8 ]
 * ```
 */
export function gru(options: GruOptions): Layer {
  return new Gru(options);
}
