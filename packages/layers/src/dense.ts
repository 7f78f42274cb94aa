import {
  activationSession,
  checkInteger,
  type Initializer,
  linear,
  linearSession,
  type Parameter,
  type SessionKinds,
  type SessionLayer,
  softmaxSession,
  type Tensor,
} from '@lstm/core';
import { type Activation, activationOf, cellActivation } from './activations.ts';
import { type InitializerName, initializerOf } from './initializers.ts';
import type { Layer, LayerOptions } from './layer.ts';
import { checkSwitches } from './layer-errors.ts';
import { ownOptions } from './own-options.ts';
import type { PartialShape } from './shape.ts';
import { SingleInputLayer } from './single-input-layer.ts';
import { streamedActivation } from './streaming.ts';

/** Options of {@link dense}. */
export interface DenseOptions extends LayerOptions {
  /** Size of the output. */
  readonly units: number;
  /** Default `linear`, which is none. */
  readonly activation?: Activation;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerName | Initializer;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerName | Initializer;
}

class Dense extends SingleInputLayer {
  readonly type: string = 'dense';
  readonly #options: DenseOptions;
  #kernel: Parameter | undefined;
  #bias: Parameter | undefined;

  constructor(options = {} as DenseOptions) {
    super('dense', options, ['units', 'activation', 'useBias', 'kernelInitializer', 'biasInitializer']);
    checkSwitches('dense', options, ['useBias']);
    checkInteger('dense', 'units', options.units);
    activationOf('dense', 'activation', options.activation ?? 'linear');
    initializerOf('dense', 'kernelInitializer', options.kernelInitializer ?? 'glorotUniform');
    initializerOf('dense', 'biasInitializer', options.biasInitializer ?? 'zeros');
    this.#options = ownOptions(options);
  }

  override get outputActivation(): string | undefined {
    const { activation = 'linear' } = this.#options;
    return typeof activation === 'string' ? activation : undefined;
  }

  override outputShapes([shape]: readonly PartialShape[]): readonly PartialShape[] {
    const fix = 'Give the features a size: the last axis of the input.';
    const anyFeatures = shape?.length && shape.at(-1) !== null ? shape : [null, null];
    this.expectInput(shape, anyFeatures, 'A dense layer takes […, features].', fix);
    return [[...(shape as PartialShape).slice(0, -1), this.#options.units]];
  }

  override get sessionKinds(): SessionKinds {
    return { ...linearSession, ...softmaxSession, ...activationSession };
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    const weights = { kernel: (this.#kernel as Parameter).value, bias: this.#bias?.value };
    return streamedActivation(this.name, weights, this.#options.activation ?? 'linear');
  }

  protected override create([shape]: readonly PartialShape[]): void {
    const { units, useBias = true, kernelInitializer = 'glorotUniform', biasInitializer = 'zeros' } = this.#options;
    this.#kernel = this.addParameter({
      name: 'kernel',
      shape: [shape?.at(-1) as number, units],
      initializer: initializerOf(this.name, 'kernelInitializer', kernelInitializer),
    });
    if (!useBias) return;
    const initializer = initializerOf(this.name, 'biasInitializer', biasInitializer);
    this.#bias = this.addParameter({ name: 'bias', shape: [units], initializer });
  }

  protected forward([x]: readonly Tensor[]): Tensor {
    const activation = cellActivation(this.name, 'activation', this.#options.activation ?? 'linear');
    const [input, kernel, bias] = [x as Tensor, (this.#kernel as Parameter).weight, this.#bias?.value];
    if (typeof activation === 'string') return linear(input, kernel, bias, { activation });
    return activation(linear(input, kernel, bias));
  }
}

/**
 * Returns a layer that computes `activation(x·kernel + bias)` over the last axis: `[…, features]` gives `[…, units]`.
 * Parameters: kernel `[features, units]`, bias `[units]`.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { dense } from '@lstm/layers';
 *
 * await useBackend(reference());
 * console.log(dense({ units: 3, activation: 'relu' }).call(ones([2, 4])).shape); // => [ 2, 3 ]
 * ```
 */
export function dense(options: DenseOptions): Layer {
  return new Dense(options);
}
