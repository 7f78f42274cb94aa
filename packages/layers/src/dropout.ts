import { checkRange, dropout as drop, type SessionLayer, type Tensor } from '@lstm/core';
import type { CallContext, Layer, LayerOptions } from './layer.ts';
import { SingleInputLayer } from './single-input-layer.ts';

/** Options of {@link dropout}. */
export interface DropoutOptions extends LayerOptions {
  /** Probability that an element is dropped, in `[0, 1)`. */
  readonly rate: number;
}

class Dropout extends SingleInputLayer {
  readonly type: string = 'dropout';
  readonly #rate: number;

  constructor(options = {} as DropoutOptions) {
    super('dropout', options, ['rate']);
    checkRange('dropout', 'rate', options.rate, 0, 1, true);
    this.#rate = options.rate;
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    return [];
  }

  protected forward([x]: readonly Tensor[], context: CallContext): Tensor {
    const input = x as Tensor;
    if (context.training !== true || this.#rate === 0) return input;
    return drop(input, this.#rate, this.randomKey('dropout', context));
  }
}

/**
 * Returns a layer that drops elements in training and scales the others by `1 / (1 − rate)` (Srivastava et al. 2014); in prediction
 * it passes its input on.
 *
 * @throws OptionError when the rate is out of its range
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { dropout } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const layer = dropout({ rate: 0.5 });
 * console.log((await layer.call(ones([4])).data()).join(' ')); // => 1 1 1 1
 * console.log((await layer.call(ones([4]), { training: true, step: 0 }).data()).includes(0)); // => true
 * ```
 */
export function dropout(options: DropoutOptions): Layer {
  return new Dropout(options);
}
