import {
  checkInteger,
  checkRange,
  chronoForgetBias,
  describeValue,
  type Initializer,
  lstmSession,
  OptionError,
  lstm as runLstm,
  type SessionKinds,
  type SessionLayer,
  type Tensor,
} from '@lstm/core';
import { type Activation, activationOf, cellActivation } from './activations.ts';
import type { Layer } from './layer.ts';
import { type DropoutMasks, Recurrent, type RecurrentOptions, type Weights } from './recurrent.ts';
import type { Walk, Walked } from './sequence-layer.ts';
import type { PartialShape } from './shape.ts';
import type { StackCell } from './stack.ts';
import { fusedActivation } from './streaming.ts';

/** Options of {@link lstm}. */
export interface LstmOptions extends RecurrentOptions {
  /** Activation of the gates. Default `sigmoid`. */
  readonly recurrentActivation?: Activation;
  /** False leaves the forget gate's bias to `biasInitializer`. Default true. */
  readonly unitForgetBias?: boolean;
  /**
   * Initial bias of the forget gate. Default 1 (Gers et al. 2000). `chrono` draws memories of 1 to the longest span, and gives the
   * input gate the negative (Tallec & Ollivier 2018).
   */
  readonly forgetBias?: number | 'chrono';
  /** The longest span to remember for `forgetBias: 'chrono'`, in steps; by default the length of the input where it is known. */
  readonly chronoMaxLength?: number;
}

/** Names of the options that only an LSTM has, for checks. */
export const lstmOptions: readonly string[] = [
  'recurrentActivation',
  'unitForgetBias',
  'forgetBias',
  'chronoMaxLength',
];

/** The layer behind {@link lstm}. */
export class Lstm extends Recurrent {
  readonly type: string = 'lstm';
  protected readonly gates: number = 4;
  declare protected readonly options: LstmOptions;

  /** @param where - what errors about the options name */
  constructor(options: LstmOptions, where = 'lstm') {
    super(where, options, lstmOptions);
    const { forgetBias, chronoMaxLength, unitForgetBias = true } = options;
    if (typeof forgetBias === 'number') checkRange(where, 'forgetBias', forgetBias, Number.MIN_SAFE_INTEGER);
    else if (forgetBias !== undefined && forgetBias !== 'chrono') {
      const fact = `forgetBias is ${describeValue(forgetBias)}.`;
      throw new OptionError(where, fact, "It is a number or 'chrono'.", 'Leave it out for 1.');
    }
    if (chronoMaxLength !== undefined) checkInteger(where, 'chronoMaxLength', chronoMaxLength, 2);
    if (chronoMaxLength !== undefined && forgetBias !== 'chrono') {
      const fact = "chronoMaxLength is given and forgetBias is not 'chrono'.";
      const rule = "It is the longest span to remember for forgetBias: 'chrono'.";
      throw new OptionError(where, fact, rule, "Set forgetBias: 'chrono', or leave it out.");
    }
    if (!unitForgetBias && forgetBias !== undefined) {
      const rule = 'unitForgetBias: false leaves the bias to biasInitializer.';
      throw new OptionError(where, 'forgetBias is given and unitForgetBias is false.', rule, 'Keep one of them.');
    }
    activationOf(where, 'recurrentActivation', options.recurrentActivation ?? 'sigmoid');
  }

  override get stateSizes(): readonly number[] {
    return [this.options.units, this.options.units];
  }

  override sequence(x: Tensor, { initialState, ...walk }: Walk, masks: DropoutMasks): Walked {
    const [h0, c0] = initialState ?? [];
    const { activation = 'tanh', recurrentActivation = 'sigmoid' } = this.options;
    const { y, h, c } = runLstm(x, this.weights, {
      ...walk,
      ...masks,
      h0,
      c0,
      activation: cellActivation(this.name, 'activation', activation),
      recurrentActivation: cellActivation(this.name, 'recurrentActivation', recurrentActivation),
    });
    return { y, states: [h, c] };
  }

  override get stackCell(): StackCell | undefined {
    const activation = this.kernelActivation('activation', this.options.activation ?? 'tanh');
    const gate = this.kernelActivation('recurrentActivation', this.options.recurrentActivation ?? 'sigmoid');
    if (activation === undefined || gate === undefined) return undefined;
    return { cell: 'lstm', attributes: { activation, recurrentActivation: gate }, ops: { lstm: runLstm } };
  }

  override twin(): Lstm {
    return new Lstm(this.options);
  }

  override get sessionKinds(): SessionKinds {
    return lstmSession;
  }

  protected override sessionLayer(weights: Weights): SessionLayer<Tensor> {
    const { activation = 'tanh', recurrentActivation = 'sigmoid' } = this.options;
    return {
      kind: 'lstm',
      ...weights,
      activation: fusedActivation(this.name, 'activation', activation),
      recurrentActivation: fusedActivation(this.name, 'recurrentActivation', recurrentActivation),
    };
  }

  protected override biasInitializer(inputShape: PartialShape): Initializer {
    const plain = super.biasInitializer(inputShape);
    const { unitForgetBias = true, forgetBias = 1, units } = this.options;
    if (!unitForgetBias) return plain;
    if (forgetBias !== 'chrono') return (shape, key) => plain(shape, key).fill(forgetBias, units, 2 * units);
    const maxLength = this.options.chronoMaxLength ?? inputShape[1];
    if (typeof maxLength !== 'number' || maxLength < 2) {
      throw new OptionError(
        this.name,
        `forgetBias is 'chrono' and the length of the input is ${maxLength ?? 'not known'}.`,
        'Chrono initialization needs the longest span to remember, at least 2 steps.',
        'Give chronoMaxLength.',
      );
    }
    return (shape, key) => {
      const bias = plain(shape, key);
      const forget = chronoForgetBias(units, { maxLength }, key);
      bias.set(forget.map((value) => -value));
      bias.set(forget, units);
      return bias;
    };
  }
}

/**
 * Returns a long short-term memory layer (Hochreiter & Schmidhuber 1997; forget gate of Gers et al. 2000): `[batch, time, features]`
 * gives `[batch, units]`, or with `returnSequences` `[batch, time, units]`; with `returnState` also h and c `[batch, units]`.
 * Parameters: kernel `[features, 4·units]`, recurrentKernel `[units, 4·units]`, bias `[4·units]`, gates packed i, f, c, o.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { lstm } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const layer = lstm({ units: 50, returnSequences: true });
 * console.log(layer.call(ones([2, 10, 1])).shape); // => [ 2, 10, 50 ]
 * ```
 */
export function lstm(options: LstmOptions): Layer {
  return new Lstm(options);
}
