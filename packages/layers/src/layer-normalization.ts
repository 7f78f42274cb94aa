import {
  checkRange,
  type LayerNormOptions,
  layerNorm,
  layerNormSession,
  onesInitializer,
  type Parameter,
  type SessionKinds,
  type SessionLayer,
  type Tensor,
  zerosInitializer,
} from '@lstm/core';
import type { Layer, LayerOptions } from './layer.ts';
import { checkSwitches } from './layer-errors.ts';
import { ownOptions } from './own-options.ts';
import type { PartialShape } from './shape.ts';
import { SingleInputLayer } from './single-input-layer.ts';

/** Options of {@link layerNormalization}. */
export interface LayerNormalizationOptions extends LayerOptions {
  /** Added to the variance. Default 1e-3 (Keras; PyTorch has 1e-5). */
  readonly epsilon?: number;
  /** Learn a shift. Default true. */
  readonly center?: boolean;
  /** Learn a scale. Default true. */
  readonly scale?: boolean;
}

class LayerNormalization extends SingleInputLayer {
  readonly type: string = 'layerNormalization';
  readonly #options: LayerNormalizationOptions;
  #gamma: Parameter | undefined;
  #beta: Parameter | undefined;

  constructor(options: LayerNormalizationOptions) {
    super('layerNormalization', options, ['epsilon', 'center', 'scale']);
    checkSwitches('layerNormalization', options, ['center', 'scale']);
    if (options.epsilon !== undefined) checkRange('layerNormalization', 'epsilon', options.epsilon, 0);
    this.#options = ownOptions(options);
  }

  override get sessionKinds(): SessionKinds {
    return layerNormSession;
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    return [{ kind: 'layerNorm', ...this.#layerNormOptions }];
  }

  get #layerNormOptions(): LayerNormOptions {
    return { gamma: this.#gamma?.value, beta: this.#beta?.value, epsilon: this.#options.epsilon };
  }

  protected override create([shape]: readonly PartialShape[]): void {
    const { center = true, scale = true } = this.#options;
    const features = [shape?.at(-1) as number];
    if (scale) this.#gamma = this.addParameter({ name: 'gamma', shape: features, initializer: onesInitializer });
    if (center) this.#beta = this.addParameter({ name: 'beta', shape: features, initializer: zerosInitializer });
  }

  protected forward([x]: readonly Tensor[]): Tensor {
    return layerNorm(x as Tensor, this.#layerNormOptions);
  }
}

/**
 * Returns a layer that normalizes each vector along the last axis and scales and shifts it (Ba et al. 2016). Parameters: gamma and
 * beta `[features]`.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { layerNormalization } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const layer = layerNormalization({ epsilon: 1e-7 });
 * const y = await layer.call(tensor([[1, 3]])).data();
 * console.log([...y].map(Math.round)); // => [ -1, 1 ]
 * ```
 */
export function layerNormalization(options: LayerNormalizationOptions = {}): Layer {
  return new LayerNormalization(options);
}
