import {
  simpleRnn as runSimpleRnn,
  type SessionKinds,
  type SessionLayer,
  simpleRnnSession,
  type Tensor,
} from '@lstm/core';
import { cellActivation } from './activations.ts';
import type { Layer } from './layer.ts';
import { type DropoutMasks, Recurrent, type RecurrentOptions, type Weights } from './recurrent.ts';
import type { Walk, Walked } from './sequence-layer.ts';
import type { StackCell } from './stack.ts';
import { fusedActivation } from './streaming.ts';

/** The layer behind {@link simpleRnn}. */
export class SimpleRnn extends Recurrent {
  readonly type: string = 'simpleRnn';
  protected readonly gates: number = 1;

  override sequence(x: Tensor, { initialState, ...walk }: Walk, masks: DropoutMasks): Walked {
    const { y, h } = runSimpleRnn(x, this.weights, {
      ...walk,
      ...masks,
      h0: initialState?.[0],
      activation: cellActivation(this.name, 'activation', this.options.activation ?? 'tanh'),
    });
    return { y, states: [h] };
  }

  override get stackCell(): StackCell | undefined {
    const activation = this.kernelActivation('activation', this.options.activation ?? 'tanh');
    return activation && { cell: 'simpleRnn', attributes: { activation }, ops: { simpleRnn: runSimpleRnn } };
  }

  override twin(): SimpleRnn {
    return new SimpleRnn('simpleRnn', this.options);
  }

  override get sessionKinds(): SessionKinds {
    return simpleRnnSession;
  }

  protected override sessionLayer(weights: Weights): SessionLayer<Tensor> {
    const activation = fusedActivation(this.name, 'activation', this.options.activation ?? 'tanh');
    return { kind: 'simpleRnn', ...weights, activation };
  }
}

/**
 * Returns a simple recurrent layer (Elman 1990), `h' = tanh(x·kernel + h·recurrentKernel + bias)`: `[batch, time, features]` gives
 * `[batch, units]`, or with `returnSequences` `[batch, time, units]`; with `returnState` also h `[batch, units]`. Parameters:
 * kernel `[features, units]`, recurrentKernel `[units, units]`, bias `[units]`.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { simpleRnn } from '@lstm/layers';
 *
 * await useBackend(reference());
 * console.log(simpleRnn({ units: 8 }).call(ones([2, 10, 3])).shape); // => [ 2, 8 ]
 * ```
 */
export function simpleRnn(options: RecurrentOptions): Layer {
  return new SimpleRnn('simpleRnn', options);
}
