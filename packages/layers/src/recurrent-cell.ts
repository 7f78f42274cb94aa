import { reshape, type SessionLayer, type Tensor } from '@lstm/core';
import { Cell } from './cell.ts';
import type { CallContext, Layer, LayerConfig, LayerOptions } from './layer.ts';
import { ownOptions } from './own-options.ts';
import type { Recurrent, RecurrentOptions } from './recurrent.ts';
import type { SequenceLayerOptions } from './sequence-layer.ts';
import type { PartialShape } from './shape.ts';

/** Options of a layer's cell: those of the layer without those of the walk. */
export type CellOptions<Options extends RecurrentOptions> = Omit<Options, keyof SequenceLayerOptions> & LayerOptions;

/** One step of a built-in recurrent layer. */
export class RecurrentCell<Options extends RecurrentOptions = RecurrentOptions> extends Cell {
  readonly type: string;
  readonly #layer: Recurrent;
  readonly #twin: () => Cell;

  /** @param allowed - names of the options besides those of every layer */
  constructor(
    type: string,
    options: CellOptions<Options> | undefined,
    allowed: readonly string[],
    make: {
      readonly layer: (options: CellOptions<Options>) => Recurrent;
      readonly twin: (options: CellOptions<Options>) => Cell;
    },
  ) {
    super(type, options, allowed);
    this.type = type;
    const own = ownOptions(options ?? ({} as CellOptions<Options>));
    this.#layer = make.layer(own);
    this.#twin = () => make.twin(own);
    this.freezeInside();
  }

  override get children(): readonly Layer[] {
    return [this.#layer];
  }

  override get outputSize(): number {
    return this.#layer.outputSize;
  }

  override get stateSizes(): readonly number[] {
    return this.#layer.stateSizes;
  }

  override twin(): Cell {
    return this.#twin();
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    return this.#layer.sessionLayers();
  }

  override toConfig(): LayerConfig {
    const { frozen } = this.#layer.toConfig();
    return { ...super.toConfig(), ...(frozen && { frozen }) };
  }

  override keepFrozen(names: readonly string[]): void {
    this.#layer.keepFrozen(names);
  }

  protected override create([shape]: readonly PartialShape[]): void {
    this.#layer.build([[null, null, shape?.at(-1) ?? null]], { path: this.path, seed: this.seed });
  }

  protected forward([x, ...initialState]: readonly Tensor[], context: CallContext): readonly Tensor[] {
    const [batch = 0, features = 0] = (x as Tensor).shape;
    const step = reshape(x as Tensor, [batch, 1, features]);
    const walk = { mask: undefined, initialState, reverse: false, zeroOutputForMask: false };
    const { states } = this.#layer.walk(step, walk, context);
    return [states[0] as Tensor, ...states];
  }
}
