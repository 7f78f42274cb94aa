import { OptionError, type SessionLayer, type Tensor } from '@lstm/core';
import type { CallContext, Layer, LayerConfig } from './layer.ts';
import { expectInputs, Network, type NetworkOptions, type NetworkResult, nameLayers } from './network.ts';
import type { PartialShape } from './shape.ts';

/** A stack of layers, each fed by the one before. */
export class Sequential extends Network {
  readonly type: string = 'sequential';
  readonly #layers: Layer[] = [];
  #inputShapes: readonly PartialShape[] | undefined;

  constructor(layers: readonly Layer[], options: NetworkOptions) {
    super('sequential', options);
    this.#layers.push(...layers);
    this.#settle();
  }

  override get layers(): readonly Layer[] {
    return this.#layers;
  }

  override get inputShapes(): readonly PartialShape[] | undefined {
    return this.#inputShapes;
  }

  override get outputActivations(): readonly (string | undefined)[] {
    // Dropout and reshaping do not change what the numbers mean.
    const last = this.#layers.findLast((layer) => !['dropout', 'reshape', 'flatten'].includes(layer.type));
    return [last?.outputActivation];
  }

  /**
   * Adds a layer at the end.
   *
   * @throws ShapeError when it does not take what the last one gives, OptionError when the network was built from data
   */
  add(layer: Layer): this {
    if (this.built && this.#layers[0]?.inputShape === undefined) {
      throw new OptionError(this.name, 'the network has run already.', 'Layers are added before.', 'Make a new one.');
    }
    this.#layers.push(layer);
    this.#settle();
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
      const [first, ...rest] = layer.outputShapes([current]);
      if (rest.length > 0 && layer !== this.#layers.at(-1)) {
        throw new OptionError(
          layer.name,
          `the layer has ${rest.length + 1} outputs.`,
          'In a sequential network each layer but the last has one.',
          'Leave returnState out, or use a functional network: model({ inputs, outputs }).',
        );
      }
      current = first as PartialShape;
      previous = layer;
    }
  }

  override evaluate(inputs: readonly Tensor[], context: CallContext): NetworkResult {
    let outputs: readonly Tensor[] = inputs;
    let { mask } = context;
    this.#layers.forEach((layer, index) => {
      const initialState = index === 0 ? context.initialState : undefined;
      const found = layer.run(outputs.slice(0, 1), { ...context, mask, initialState });
      outputs = found.outputs;
      mask = found.mask;
    });
    return { outputs, masks: outputs.map((_, i) => (i === 0 ? mask : undefined)) };
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    return this.#layers.flatMap((layer) => layer.sessionLayers());
  }

  override toConfig(): LayerConfig {
    const { type, options } = super.toConfig();
    const layers = this.#layers.map((layer) => layer.toConfig());
    const inputShape = this.#inputShapes?.[0]?.slice(1);
    return { type, options: { ...options, seed: this.seed, layers, ...(inputShape && { inputShape }) } };
  }

  protected override create(inputShapes: readonly PartialShape[]): void {
    this.#inputShapes ??= inputShapes;
    let current = inputShapes[0] as PartialShape;
    let previous: Layer | undefined;
    for (const layer of this.#layers) {
      layer.build([current], { path: this.pathOf(layer), seed: this.seed, previous });
      current = layer.outputShapes([current])[0] as PartialShape;
      previous = layer;
    }
  }

  /** Names the layers and checks them where the shape of the input is known. */
  #settle(): void {
    nameLayers(this.name, this.#layers);
    const shape = this.#layers[0]?.inputShape;
    if (shape === undefined) return;
    this.#inputShapes = [[null, ...shape]];
    this.checkInputs(this.#inputShapes);
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
