import {
  activationSession,
  OptionError,
  type SessionKinds,
  type SessionLayer,
  softmaxSession,
  type Tensor,
} from '@lstm/core';
import { type Activation, activationOf } from './activations.ts';
import type { Layer, LayerOptions } from './layer.ts';
import { SingleInputLayer } from './single-input-layer.ts';

/** Options of {@link activation}. */
export interface ActivationOptions extends LayerOptions {
  readonly activation: Activation;
}

class ActivationLayer extends SingleInputLayer {
  readonly type: string = 'activation';
  readonly #activation: Activation;
  readonly #apply: (x: Tensor) => Tensor;

  constructor(options = {} as ActivationOptions) {
    super('activation', options, ['activation']);
    if (options.activation === undefined) {
      throw new OptionError('activation', 'activation is missing.', 'It is a name or a function.', "Write 'relu'.");
    }
    this.#activation = options.activation;
    this.#apply = activationOf('activation', 'activation', options.activation);
  }

  override get outputActivation(): string | undefined {
    return typeof this.#activation === 'string' ? this.#activation : undefined;
  }

  override get sessionKinds(): SessionKinds {
    return { ...softmaxSession, ...activationSession };
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    if (this.#activation === 'linear') return [];
    return [this.#activation === 'softmax' ? { kind: 'softmax' } : { kind: 'activation', apply: this.#apply }];
  }

  protected forward([x]: readonly Tensor[]): Tensor {
    return this.#apply(x as Tensor);
  }
}

/**
 * Returns a layer that applies an activation, by name or as a function.
 *
 * @throws OptionError for an unknown name, with the nearest known one
 *
 * @example
 * ```ts
 * import { tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { activation } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const layer = activation({ activation: 'relu' });
 * console.log(await layer.call(tensor([[-1, 2]])).data()); // => Float32Array(2) [ 0, 2 ]
 * ```
 */
export function activation(options: ActivationOptions): Layer {
  return new ActivationLayer(options);
}
