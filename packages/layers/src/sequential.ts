import { OptionError, type SessionLayer, ShapeError, type Tensor } from '@lstm/core';
import { contextWith } from './context-with.ts';
import type { CallContext, Layer, LayerConfig, LayerResult } from './layer.ts';
import {
  expectInputs,
  expectLayers,
  expectUniqueParameters,
  Network,
  type NetworkOptions,
  type NetworkResult,
  nameLayers,
  within,
} from './network.ts';
import { formatPartialShape, type PartialShape } from './shape.ts';
import { streamedLayers } from './streaming.ts';

/**
 * A stack of layers, each fed by the one before. {@link sequential} makes it.
 *
 * @example
 * ```ts
 * import { dense, lstm, type Sequential, sequential } from '@lstm/layers';
 *
 * const network: Sequential = sequential();
 * network.add(lstm({ units: 8, inputShape: [10, 1] })).add(dense({ units: 1 }));
 * console.log(network.layers.map(({ name }) => name), network.inputShapes); // => [ 'lstm', 'dense' ] [ [ null, 10, 1 ] ]
 * ```
 */
export class Sequential extends Network {
  readonly type: string = 'sequential';
  readonly #layers: Layer[] = [];
  #inputShapes: readonly PartialShape[] | undefined;

  constructor(layers: readonly Layer[], options: NetworkOptions) {
    expectLayers('sequential', layers);
    super('sequential', options);
    this.#layers.push(...layers);
    this.#settle();
  }

  override get layers(): readonly Layer[] {
    return this.#layers;
  }

  override get initialStateSizes(): readonly number[] | undefined {
    return this.#layers.find((layer) => layer.takesInitialState)?.initialStateSizes;
  }

  override get takesInitialState(): boolean {
    return this.#layers.some((layer) => layer.takesInitialState);
  }

  override get inputShapes(): readonly PartialShape[] | undefined {
    return this.#inputShapes;
  }

  override get usualInputShape(): PartialShape | undefined {
    return this.#layers[0]?.usualInputShape;
  }

  override get dependsOnFeatures(): boolean {
    return this.#layers[0]?.dependsOnFeatures ?? true;
  }

  override get needsReturnSequences(): string | undefined {
    const shaping = ['repeatVector', 'reshape', 'flatten'];
    return within(
      this,
      this.#layers.findLast((layer) => layer.needsReturnSequences !== undefined || shaping.includes(layer.type)),
    );
  }

  override get outputActivations(): readonly (string | undefined)[] {
    // Dropout and reshaping do not change what the numbers mean.
    const last = this.#layers.findLast((layer) => !['dropout', 'reshape', 'flatten'].includes(layer.type));
    const outputs = this.#inputShapes === undefined ? 1 : this.outputShapes(this.#inputShapes).length;
    return Array.from({ length: outputs }, (_, i) => (i === 0 ? last?.outputActivation : undefined));
  }

  /**
   * Adds a layer at the end.
   *
   * @throws ShapeError when it does not take what the last one gives
   */
  add(layer: Layer): this {
    const from = this.#layers.length;
    const inputShapes = this.#inputShapes;
    this.#layers.push(layer);
    try {
      this.#settle();
      if (this.built && this.#inputShapes !== undefined) this.#buildFrom(from, this.#inputShapes);
    } catch (error) {
      this.#layers.pop();
      this.#inputShapes = inputShapes;
      throw error;
    }
    return this;
  }

  override outputShapes(inputShapes: readonly PartialShape[]): readonly PartialShape[] {
    return this.#layers.reduce((shapes, layer) => layer.outputShapes(shapes.slice(0, 1)), inputShapes);
  }

  override checkInputs(shapes: readonly PartialShape[]): void {
    if (this.#layers.length === 0) {
      throw new OptionError(
        this.name,
        'there are no layers.',
        'A network has at least one.',
        'Add one with add(layer).',
      );
    }
    expectInputs(this.name, shapes, this.#inputShapes ?? [[null]]);
    let current: PartialShape = shapes[0] as PartialShape;
    let previous: Layer | undefined;
    for (const layer of this.#layers) {
      layer.checkInputs([current], previous);
      const [first = [], ...rest] = layer.outputShapes([current]);
      if (rest.length > 0 && layer !== this.#layers.at(-1)) {
        throw new OptionError(
          layer.name,
          `the layer has ${rest.length + 1} outputs.`,
          'In a sequential network each layer but the last has one.',
          'Leave returnState out, or use a functional network: model({ inputs, outputs }).',
        );
      }
      if (first.length !== current.length) previous = layer;
      current = first;
    }
    this.#checkFeatures(shapes[0] as PartialShape);
  }

  /** Throws unless the features are as many as the inputShape of the first layer says; sequences may be of any length. */
  #checkFeatures(shape: PartialShape): void {
    const [first] = this.#layers;
    const features = first?.inputShape?.at(-1) ?? null;
    const found = shape.at(-1) ?? null;
    if (features === null || found === null || found === features || first?.dependsOnFeatures !== true) return;
    throw new ShapeError(
      this.name,
      `the input is ${formatPartialShape(shape)}.`,
      `Its last axis is ${features} long by the inputShape of ${first.name}.`,
      'Change one of them.',
    );
  }

  protected override evaluate(inputs: readonly Tensor[], context: CallContext): NetworkResult {
    let result: LayerResult = { outputs: inputs, mask: context.mask };
    let { initialState } = context;
    for (let index = 0; index < this.#layers.length; ) {
      const layer = this.#layers[index] as Layer;
      const { mask } = result;
      const input = result.outputs.slice(0, 1);
      const given = contextWith(context, mask, initialState);
      const joint = layer.runJointly(this.#layers.slice(index + 1), input, given);
      result = joint ?? layer.run(input, layer.takesInitialState ? given : contextWith(context, mask, undefined));
      const ran = this.#layers.slice(index, index + (joint?.count ?? 1));
      // The first layer that starts from states takes them.
      if (ran.some((each) => each.takesInitialState)) initialState = undefined;
      index += ran.length;
    }
    return { outputs: result.outputs, masks: this.#layers.at(-1)?.masksOf(result) ?? [] };
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    this.build();
    return streamedLayers(this.#layers);
  }

  override toConfig(): LayerConfig {
    const { type, options } = super.toConfig();
    const layers = this.#layers.map((layer) => layer.configAt(this.pathOf(layer)));
    // A network that comes first knows its inputs by itself.
    const inputShape = this.#layers[0] instanceof Network ? undefined : this.#inputShapes?.[0]?.slice(1);
    return { type, options: { ...options, seed: this.seed, layers, ...(inputShape && { inputShape }) } };
  }

  protected override create(inputShapes: readonly PartialShape[]): void {
    this.#inputShapes ??= inputShapes;
    this.#buildFrom(0, inputShapes);
  }

  /** Builds the layers from an index on for what the network takes. */
  #buildFrom(from: number, inputShapes: readonly PartialShape[]): void {
    let current = inputShapes[0] as PartialShape;
    this.#layers.forEach((layer, index) => {
      if (index >= from) layer.build([current], { path: this.pathOf(layer), seed: this.seed });
      current = layer.outputShapes([current])[0] as PartialShape;
    });
    expectUniqueParameters(this.name, this.#layers);
  }

  /** Names the layers and checks them where the shape of the input is known. */
  #settle(): void {
    nameLayers(this.name, this.#layers);
    const [first] = this.#layers;
    const shape = first?.inputShape;
    if (shape !== undefined) this.#inputShapes = [[null, ...shape]];
    else if (first instanceof Network) this.#inputShapes ??= first.inputShapes;
    if (this.#inputShapes !== undefined) this.checkInputs(this.#inputShapes);
  }
}

/**
 * Returns a network of layers, each fed by the one before.
 *
 * Where the first layer has an `inputShape` (of one sample, without the batch) shapes are checked at once; else at the first call.
 *
 * @throws ShapeError that names the layer when a layer does not take what it gets
 *
 * @example
 * ```ts
 * import { dense, lstm, sequential } from '@lstm/layers';
 *
 * const network = sequential([lstm({ units: 50, inputShape: [10, 1] }), dense({ units: 1 })]);
 * console.log(network.outputShapes([[32, 10, 1]])); // => [ [ 32, 1 ] ]
 * ```
 */
export function sequential(layers: readonly Layer[] = [], options: NetworkOptions = {}): Sequential {
  return new Sequential(layers, options);
}
