import { describeValue, max, mul, OptionError, reshape, type SessionLayer, type Tensor } from '@lstm/core';
import { contextWith } from './context-with.ts';
import { type CallContext, Layer, type LayerConfig, type LayerOptions, type LayerResult } from './layer.ts';
import { expectOneInputShape } from './layer-errors.ts';
import { Network } from './network.ts';
import type { PartialShape } from './shape.ts';
import { SingleInputLayer } from './single-input-layer.ts';

class TimeDistributed extends SingleInputLayer {
  readonly type: string = 'timeDistributed';
  readonly #layer: Layer;

  constructor(layer: Layer, options: LayerOptions) {
    super('timeDistributed', options);
    if (!(layer instanceof Layer)) {
      const rule = 'timeDistributed wraps a layer.';
      throw new OptionError(
        'timeDistributed',
        `the layer is ${describeValue(layer)}.`,
        rule,
        'Pass for example dense({ units: 1 }).',
      );
    }
    this.#layer = layer;
    expectOneInputShape(this, options.inputShape, this.innerInputShape);
    this.freezeInside();
  }

  override get children(): readonly Layer[] {
    return [this.#layer];
  }

  override get innerInputShape(): PartialShape | undefined {
    const layer = this.#layer;
    const shape = layer instanceof Network ? layer.inputShapes?.[0]?.slice(1) : layer.inputShape;
    return shape && [null, ...shape];
  }

  override get dependsOnFeatures(): boolean {
    return this.#layer.dependsOnFeatures;
  }

  override get outputActivation(): string | undefined {
    return this.#layer.outputActivation;
  }

  override checkInputs(shapes: readonly PartialShape[], shaper?: Layer): void {
    const [shape = []] = shapes;
    if (shape.length < 3) {
      const where = shaper?.needsReturnSequences ?? 'the recurrent layer before';
      const fix = `Set returnSequences: true on ${where}, which gives only its last output.`;
      this.expectInput(shape, [null, null, null], 'timeDistributed takes [batch, time, …].', fix);
    }
    super.checkInputs(shapes);
  }

  override outputShapes([shape]: readonly PartialShape[]): readonly PartialShape[] {
    const [batch = null, time = null, ...rest] = shape ?? [];
    const [[, ...output] = [], ...others] = this.#layer.outputShapes([[null, ...rest]]);
    if (others.length > 0) {
      throw new OptionError(
        this.name,
        `${this.#layer.name} has ${others.length + 1} outputs.`,
        'timeDistributed wraps a layer of one output.',
        'Leave returnState out.',
      );
    }
    return [[batch, time, ...output]];
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    return this.#layer.sessionLayers();
  }

  override toConfig(): LayerConfig {
    const { type, options } = super.toConfig();
    return { type, options: { ...options, layer: this.#layer.configAt(this.path) } };
  }

  protected override create([shape]: readonly PartialShape[]): void {
    this.#layer.build([[null, ...(shape ?? []).slice(2)]], { path: this.path, seed: this.seed });
  }

  protected forward([x]: readonly Tensor[], context: CallContext): LayerResult {
    const input = x as Tensor;
    const [batch = 0, time = 0] = input.shape;
    const joined = (each: Tensor): Tensor => reshape(each, [batch * time, ...each.shape.slice(2)]);
    const apart = (each: Tensor): Tensor => reshape(each, [batch, time, ...each.shape.slice(1)]);
    const { mask } = context;
    // A mask [batch, time] is of the steps themselves, [batch, time, …] of what the layer gets at each.
    const inner = mask !== undefined && mask.shape.length > 2 ? joined(mask) : undefined;
    const found = this.#layer.run([joined(input)], contextWith(context, inner, undefined));
    return {
      outputs: [apart(found.outputs[0] as Tensor)],
      mask: this.#maskAfter(found.mask && apart(found.mask), mask),
    };
  }

  /** The mask of the output: what the layer made within each step, else the steps that are not padding as a whole. */
  #maskAfter(made: Tensor | undefined, given: Tensor | undefined): Tensor | undefined {
    if (given === undefined) return made;
    const [batch = 0, time = 0, ...within] = given.shape;
    if (made === undefined) return within.length === 0 ? given : max(given, { axes: within.map((_, i) => i + 2) });
    // What is within a masked step is masked too; of a mask within steps the layer has made its own.
    return within.length > 0 ? made : mul(made, reshape(given, [batch, time, ...made.shape.slice(2).map(() => 1)]));
  }
}

/**
 * Returns a layer that applies `layer` to every time step: `[batch, time, …]` gives `[batch, time, …]`. What is masked within a step,
 * such as the padding of the words of each sentence, is masked for the layer; a step that is padding as a whole is masked after it.
 *
 * @throws OptionError when an option is unknown or `layer` is none
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { dense, timeDistributed } from '@lstm/layers';
 *
 * await useBackend(reference());
 * console.log(timeDistributed(dense({ units: 2 })).call(ones([4, 3, 5])).shape); // => [ 4, 3, 2 ]
 * ```
 */
export function timeDistributed(layer: Layer, options: LayerOptions = {}): Layer {
  return new TimeDistributed(layer, options);
}
