import {
  checkInteger,
  embeddingSession,
  type Initializer,
  indicesOf,
  embedding as lookUp,
  mul,
  notEqual,
  type Parameter,
  type SessionKinds,
  type SessionLayer,
  type Tensor,
} from '@lstm/core';
import { contextWith } from './context-with.ts';
import { type InitializerName, initializerOf } from './initializers.ts';
import type { CallContext, Layer, LayerOptions } from './layer.ts';
import { checkSwitches } from './layer-errors.ts';
import { ownOptions } from './own-options.ts';
import type { PartialShape } from './shape.ts';
import { SingleInputLayer } from './single-input-layer.ts';
import type { JointResult } from './stack.ts';

/** Options of {@link embedding}. */
export interface EmbeddingOptions extends LayerOptions {
  /** Size of the vocabulary: tokens are in `[0, inputDim)`. */
  readonly inputDim: number;
  /** Size of the vectors. */
  readonly outputDim: number;
  /** Token 0 is padding: it is masked in the layers that follow, and a stream refuses it. Default false. */
  readonly maskZero?: boolean;
  /**
   * Default `uniform`, within ±0.05. Recurrent layers over it learn faster from larger vectors at first: PyTorch's `standardNormal`.
   */
  readonly embeddingsInitializer?: InitializerName | Initializer;
}

class Embedding extends SingleInputLayer {
  readonly type: string = 'embedding';
  readonly #options: EmbeddingOptions;
  #table: Parameter | undefined;

  constructor(options = {} as EmbeddingOptions) {
    super('embedding', options, ['inputDim', 'outputDim', 'maskZero', 'embeddingsInitializer']);
    checkSwitches('embedding', options, ['maskZero']);
    checkInteger('embedding', 'inputDim', options.inputDim);
    checkInteger('embedding', 'outputDim', options.outputDim);
    initializerOf('embedding', 'embeddingsInitializer', options.embeddingsInitializer ?? 'uniform');
    this.#options = ownOptions(options);
  }

  override outputShapes([shape]: readonly PartialShape[]): readonly PartialShape[] {
    return [[...(shape ?? []), this.#options.outputDim]];
  }

  override get sessionKinds(): SessionKinds {
    return embeddingSession;
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    return [{ kind: 'embedding', table: (this.#table as Parameter).value, maskZero: this.#options.maskZero === true }];
  }

  override get usualInputShape(): PartialShape {
    return [null];
  }

  override get dependsOnFeatures(): boolean {
    return false;
  }

  protected override create(): void {
    const { inputDim, outputDim, embeddingsInitializer = 'uniform' } = this.#options;
    this.#table = this.addParameter({
      name: 'embeddings',
      shape: [inputDim, outputDim],
      initializer: initializerOf(this.name, 'embeddingsInitializer', embeddingsInitializer),
    });
  }

  override runJointly(
    next: readonly Layer[],
    inputs: readonly Tensor[],
    context: CallContext,
  ): JointResult | undefined {
    const [first, ...rest] = next;
    const [x] = inputs;
    // Only what can start a stack: a lookup and a mask made in vain would cost their time.
    if (first?.stackMember === undefined || x?.backend.fused?.recurrentStack === undefined) return undefined;
    const head = { tokens: this.#tokens(x), table: (this.#table as Parameter).weight, lookUp };
    const inner = contextWith(context, this.outputMask(inputs, context.mask), context.initialState);
    const found = first.runJointly(rest, inputs, inner, head);
    return found && { ...found, count: found.count + 1 };
  }

  #tokens(x: Tensor): Tensor {
    const { inputDim: count } = this.#options;
    return indicesOf(this.name, 'token', x, {
      count,
      of: `inputDim ${count}`,
      fix: 'Raise inputDim, or give unknown words a token of their own.',
    });
  }

  protected forward([x]: readonly Tensor[]): Tensor {
    return lookUp((this.#table as Parameter).weight, this.#tokens(x as Tensor));
  }

  protected override outputMask([x]: readonly Tensor[], mask: Tensor | undefined): Tensor | undefined {
    if (this.#options.maskZero !== true) return mask;
    const found = notEqual(x as Tensor, 0);
    return mask === undefined ? found : mul(mask, found);
  }
}

/**
 * Returns a layer that turns tokens into learned vectors: `[batch, time]` gives `[batch, time, outputDim]`. Parameters: embeddings
 * `[inputDim, outputDim]`. A token outside the vocabulary is an error.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { embedding } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const layer = embedding({ inputDim: 100, outputDim: 8, maskZero: true });
 * console.log(layer.call(tensor([[5, 7, 0]], { dtype: 'int32' })).shape); // => [ 1, 3, 8 ]
 * ```
 */
export function embedding(options: EmbeddingOptions): Layer {
  return new Embedding(options);
}
