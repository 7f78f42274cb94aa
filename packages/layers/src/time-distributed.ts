import { describeValue, OptionError, reshape, type SessionLayer, type Tensor } from '@lstm/core';
import { type CallContext, Layer, type LayerConfig, type LayerOptions } from './layer.ts';
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
    this.freezeInside();
  }

  override get children(): readonly Layer[] {
    return [this.#layer];
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

  protected forward([x]: readonly Tensor[], { mask: _, ...context }: CallContext): Tensor {
    const input = x as Tensor;
    const [batch = 0, time = 0, ...rest] = input.shape;
    const { outputs } = this.#layer.run([reshape(input, [batch * time, ...rest])], context);
    const [output] = outputs as readonly [Tensor];
    return reshape(output, [batch, time, ...output.shape.slice(1)]);
  }
}

/**
 * Returns a layer that applies `layer` to every time step: `[batch, time, …]` gives `[batch, time, …]`.
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
