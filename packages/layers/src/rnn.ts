import { OptionError, reshape, type SessionLayer, scan, type Tensor, unstack, where, zeros } from '@lstm/core';
import { Cell } from './cell.ts';
import type { CallContext, Layer, LayerConfig } from './layer.ts';
import { expectOneInputShape } from './layer-errors.ts';
import { ownOptions } from './own-options.ts';
import { SequenceLayer, type SequenceLayerOptions, type Walk, type Walked } from './sequence-layer.ts';
import type { PartialShape } from './shape.ts';

class Rnn extends SequenceLayer {
  readonly type: string = 'rnn';
  readonly #cell: Cell;
  readonly #options: SequenceLayerOptions;

  constructor(cell: Cell, options: SequenceLayerOptions) {
    super('rnn', options, []);
    this.#cell = cell;
    expectOneInputShape(this, options.inputShape, this.innerInputShape);
    this.#options = ownOptions(options);
    this.freezeInside();
  }

  override get children(): readonly Layer[] {
    return [this.#cell];
  }

  override get innerInputShape(): PartialShape | undefined {
    const { inputShape } = this.#cell;
    return inputShape && [null, ...inputShape];
  }

  override get outputSize(): number {
    return this.#cell.outputSize;
  }

  override get stateSizes(): readonly number[] {
    return this.#cell.stateSizes;
  }

  override walk(x: Tensor, { initialState, ...options }: Walk, { mask: _, ...context }: CallContext): Walked {
    const { dtype, backend, shape } = x;
    const batch = shape[0] as number;
    const initial = initialState ?? this.stateSizes.map((size) => zeros([batch, size], { dtype, backend }));
    const step = (input: Tensor, states: readonly Tensor[]): { output: Tensor; states: readonly Tensor[] } => {
      const [output, ...next] = this.#cell.run([input, ...states], context).outputs;
      if (next.length !== states.length) throw missingStates(this.#cell, next.length);
      return { output: output as Tensor, states: next };
    };
    const { mask } = options;
    // Padding may hold anything, and no gradient may come of it.
    const valid = mask === undefined ? x : where(reshape(mask, [...mask.shape, 1]), x, 0);
    return scan(unstack(valid, { axis: 1 }), initial, step, options);
  }

  protected override get outputIsState(): boolean {
    return false;
  }

  override twin(): SequenceLayer {
    return new Rnn(this.#cell.twin(), this.#options);
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    this.expectForwards();
    return this.#cell.sessionLayers();
  }

  override toConfig(): LayerConfig {
    const { type, options } = super.toConfig();
    return { type, options: { ...options, cell: this.#cell.configAt(this.path) } };
  }

  protected override create([shape]: readonly PartialShape[]): void {
    const states = this.stateSizes.map((size) => [null, size]);
    this.#cell.build([[null, shape?.[2] ?? null], ...states], { path: this.path, seed: this.seed });
  }
}

function missingStates({ name, stateSizes }: Cell, count: number): OptionError {
  return new OptionError(
    name,
    `forward returned an output and ${count} states.`,
    `By stateSizes there are ${stateSizes.length}.`,
    'Return [output, ...states].',
  );
}

/**
 * Returns a recurrent layer over a cell of your own: `[batch, time, features]` gives `[batch, size]`, or with `returnSequences`
 * `[batch, time, size]`; with `returnState` also the states.
 *
 * @throws OptionError when `cell` is no {@link Cell} or an option is unknown
 *
 * @example
 * ```ts
 * import { add, mul, type Tensor, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { Cell, rnn } from '@lstm/layers';
 *
 * class LeakyCell extends Cell {
 *   readonly type: string = 'leakyCell';
 *   readonly outputSize: number = 1;
 *   readonly stateSizes: readonly number[] = [1];
 *   protected forward([x, h]: readonly Tensor[]): readonly Tensor[] {
 *     const next = add(x as Tensor, mul(h as Tensor, 0.5));
 *     return [next, next];
 *   }
 * }
 *
 * await useBackend(reference());
 * const layer = rnn(new LeakyCell(), { returnSequences: true });
 * console.log(await layer.call(tensor([[[1], [0], [0]]])).data()); // => Float32Array(3) [ 1, 0.5, 0.25 ]
 * ```
 */
export function rnn(cell: Cell, options: SequenceLayerOptions = {}): Layer {
  if (!(cell instanceof Cell)) {
    throw new OptionError('rnn', 'cell is no Cell.', 'rnn walks a cell through time.', 'Extend Cell with one step.');
  }
  return new Rnn(cell, options);
}
