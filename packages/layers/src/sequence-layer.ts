import {
  type Backend,
  concat,
  type DType,
  dtypeOf,
  flip,
  formatShape,
  getBackend,
  type HostArray,
  hostArray,
  Parameter,
  reshape,
  type Shape,
  ShapeError,
  sameShape,
  slice,
  stopGradient,
  type Tensor,
  UnsupportedError,
  zerosInitializer,
} from '@lstm/core';
import type { CallContext, Layer, LayerOptions } from './layer.ts';
import { checkSwitches, expectStates } from './layer-errors.ts';
import { addBatch, fits, formatPartialShape, lacksBatch, type PartialShape } from './shape.ts';
import { SingleInputLayer } from './single-input-layer.ts';
import type { StackCell, StackWalk } from './stack.ts';

/** Options of every layer that walks through time. */
export interface SequenceLayerOptions extends LayerOptions {
  /** Return the output of every step `[batch, time, units]`, not only the last. Default false. */
  readonly returnSequences?: boolean;
  /** Return the final states after the output. Default false. */
  readonly returnState?: boolean;
  /** Walk from the last step to the first; outputs and mask come in the order of the walk. Default false. */
  readonly goBackwards?: boolean;
  /** Start each batch from the states in which the one before ended, row by row. Default false. */
  readonly stateful?: boolean;
  /**
   * Outputs of masked steps are 0 instead of the output before. Default false; inside `bidirectional` as in Keras: sequences have
   * zeros, and the last output is that of the last valid step.
   */
  readonly zeroOutputForMask?: boolean;
}

/** Names of {@link SequenceLayerOptions}, for checks. */
const sequenceOptions: readonly string[] = [
  'returnSequences',
  'returnState',
  'goBackwards',
  'stateful',
  'zeroOutputForMask',
];

/** One walk through a sequence. */
export interface Walk {
  readonly mask: Tensor | undefined;
  /** Absent means zeros. */
  readonly initialState: readonly Tensor[] | undefined;
  readonly reverse: boolean;
  readonly zeroOutputForMask: boolean;
}

/** Outputs `[batch, time, units]` at their own time positions, and the final states. */
export interface Walked {
  readonly y: Tensor;
  readonly states: readonly Tensor[];
}

const articles: Readonly<Record<string, string>> = {
  lstm: 'An LSTM',
  gru: 'A GRU',
  simpleRnn: 'A simple RNN',
  rnn: 'A recurrent layer',
  bidirectional: 'A bidirectional layer',
};

/**
 * Throws unless `shape` is that of sequences.
 *
 * @param shaper - the layer that gave the input its number of axes
 */
export function expectSequence(layer: Layer, shape: PartialShape | undefined, shaper: Layer | undefined): void {
  if (shape !== undefined && fits(shape, [null, null, null])) return;
  throw new ShapeError(
    layer.name,
    `input is ${shape === undefined ? 'missing' : formatPartialShape(shape)}.`,
    `${articles[layer.type] ?? 'The layer'} takes [batch, time, features].`,
    sequenceFix(layer, shape, shaper),
  );
}

/** Returns what to do about an input that is no sequence. */
function sequenceFix(layer: Layer, shape: PartialShape | undefined, shaper: Layer | undefined): string {
  const where = shaper?.needsReturnSequences;
  if (where !== undefined) return `Set returnSequences: true on ${where}, which gives only its last output.`;
  if (lacksBatch(shape, layer.knownInputShape)) return addBatch;
  if (shape?.length === 2) {
    const sizes = shape.map((length, axis) => length ?? (axis === 0 ? -1 : 'time'));
    return `Add a features axis: reshape(x, [${sizes.join(', ')}, 1]), of a list x.map((row) => row.map((value) => [value])).`;
  }
  if (shape?.length === 1) return 'Cut a series into windows, as createSequences(series, 12) of @lstm/data does.';
  return 'Bring the input to three axes.';
}

/** A layer that walks through time with states: what lstm, gru, simpleRnn and rnn(cell) share. */
export abstract class SequenceLayer extends SingleInputLayer {
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  /** As the options say. */
  readonly zeroOutputForMask: boolean | undefined;
  #states: readonly Parameter[] | undefined;
  /** States that were put aside. */
  readonly #held = new Set<readonly Parameter[]>();

  constructor(where: string, options: SequenceLayerOptions, allowed: readonly string[]) {
    super(where, options, [...allowed, ...sequenceOptions]);
    checkSwitches(where, options, ['returnSequences', 'returnState', 'goBackwards', 'stateful', 'zeroOutputForMask']);
    this.returnSequences = options.returnSequences ?? false;
    this.returnState = options.returnState ?? false;
    this.goBackwards = options.goBackwards ?? false;
    this.stateful = options.stateful ?? false;
    this.zeroOutputForMask = options.zeroOutputForMask;
  }

  /** Size of the output of a step. */
  abstract readonly outputSize: number;
  /** Sizes of the states, each `[batch, size]`. */
  abstract readonly stateSizes: readonly number[];
  /** True: the output of a step is its first state. */
  protected get outputIsState(): boolean {
    return true;
  }

  /** Returns a layer of the same options with parameters of its own, for the other direction of {@link bidirectional}. */
  abstract twin(): SequenceLayer;
  /** Walks a sequence; for {@link bidirectional} too. */
  abstract walk(x: Tensor, walk: Walk, context: CallContext): Walked;

  override get initialStateSizes(): readonly number[] {
    return this.stateSizes;
  }

  /** @internal The cell as kernels of stacks know it; `undefined` where they do not. */
  get stackCell(): StackCell | undefined {
    return undefined;
  }

  /** @internal One walk of the layer as kernels of stacks take it. */
  stackWalk(_direction: StackWalk['direction']): StackWalk | undefined {
    return undefined;
  }

  override get needsReturnSequences(): string | undefined {
    return this.returnSequences ? undefined : this.name;
  }

  override checkInputs([shape]: readonly PartialShape[], shaper?: Layer): void {
    expectSequence(this, shape, shaper);
  }

  override outputShapes([shape]: readonly PartialShape[]): readonly PartialShape[] {
    const [batch = null, time = null] = shape ?? [];
    const y = this.returnSequences ? [batch, time, this.outputSize] : [batch, this.outputSize];
    return this.returnState ? [y, ...this.stateSizes.map((size) => [batch, size])] : [y];
  }

  override get states(): readonly Parameter[] {
    return this.#states ?? [];
  }

  override writeStates(states: Readonly<Record<string, HostArray>>): void {
    this.resetStates();
    if (!this.stateful) return;
    const found = this.stateSizes.map((_, index) => states[this.#stateName(index)]);
    if (found.some((state) => state === undefined)) return;
    const batch = found[0]?.shape[0] ?? 0;
    const backend = this.parameters[0]?.backend ?? getBackend();
    this.#states = found.map((state, index) => {
      const { shape } = state as HostArray;
      const size = this.stateSizes[index] as number;
      if (!sameShape(shape, [batch, size])) {
        throw new ShapeError(
          this.name,
          `${this.#stateName(index)} is ${formatShape(shape)}.`,
          `States are [batch, units] with one batch; here that is [${batch}, ${size}].`,
          'Write states that a network of the same layers carried.',
        );
      }
      const slot = this.#slot(index, { shape, dtype: dtypeOf((state as HostArray).data), backend });
      slot.assign(state as HostArray);
      return slot;
    });
  }

  #stateName(index: number): string {
    return `${this.path}/state${index}`;
  }

  #slot(index: number, like: { readonly shape: Shape; readonly dtype: DType; readonly backend: Backend }): Parameter {
    const initialize = (): HostArray => hostArray(zerosInitializer(like.shape), like.shape);
    return new Parameter({ ...like, name: this.#stateName(index), trainable: false, initialize });
  }

  override resetStates(): void {
    for (const state of this.#states ?? []) state.dispose();
    this.#states = undefined;
  }

  override holdStates(): () => void {
    const held = this.#states;
    this.#states = undefined;
    if (held !== undefined) this.#held.add(held);
    return () => {
      this.resetStates();
      // Those of a layer that was disposed meanwhile are gone.
      if (held !== undefined && this.#held.delete(held)) this.#states = held;
    };
  }

  override rememberStates(): () => void {
    const states = this.#states;
    // Second handles on the same buffers: the next states get buffers of their own.
    const values = states?.map(({ value }) => reshape(value, value.shape)) ?? [];
    return () => {
      if (states === undefined) this.resetStates();
      // States that somebody reset meanwhile stay so.
      else if (this.#states === states) for (const [i, state] of states.entries()) state.assign(values[i] as Tensor);
    };
  }

  override dispose(): void {
    super.dispose();
    for (const states of this.#held) for (const state of states) state.dispose();
    this.#held.clear();
  }

  override async to(backend: Backend): Promise<void> {
    await super.to(backend);
    await Promise.all((this.#states ?? []).map((state) => state.to(backend)));
  }

  /** Throws when the walk starts at the end, which a stream does not know. */
  protected expectForwards(): void {
    if (!this.goBackwards) return;
    throw new UnsupportedError(
      this.name,
      'goBackwards is true.',
      'A stream takes one step at a time, first to last; this layer starts at the last.',
      'Predict whole sequences instead.',
    );
  }

  protected forward([x]: readonly Tensor[], context: CallContext): readonly Tensor[] {
    const input = x as Tensor;
    const batch = input.shape[0] as number;
    const { mask } = context;
    const initialState = this.start(batch, context.initialState);
    const reverse = this.goBackwards;
    const { y, states } = this.walk(
      input,
      { mask, initialState, reverse, zeroOutputForMask: this.zeroOutputForMask ?? false },
      context,
    );
    this.carry(batch, states);
    return this.finish(y, states, mask);
  }

  /** Makes the outputs of a walk's outputs at their own time positions. */
  protected finish(y: Tensor, states: readonly Tensor[], mask: Tensor | undefined): readonly Tensor[] {
    const output = this.returnSequences ? this.#inOrder(y) : this.#last(y, states[0] as Tensor, mask);
    return this.returnState ? [output, ...states] : [output];
  }

  protected override outputMask(_: readonly Tensor[], mask: Tensor | undefined): Tensor | undefined {
    return this.maskAfter(mask);
  }

  /** The mask of the output. */
  protected maskAfter(mask: Tensor | undefined): Tensor | undefined {
    if (!this.returnSequences || mask === undefined) return undefined;
    return this.goBackwards ? flip(mask, { axes: 1 }) : mask;
  }

  #inOrder(y: Tensor): Tensor {
    return this.goBackwards ? flip(y, { axes: 1 }) : y;
  }

  /** The output of the last step walked. Where steps are masked it may differ from the state. */
  #last(y: Tensor, h: Tensor, mask: Tensor | undefined): Tensor {
    if (mask === undefined && this.outputIsState) return h;
    return stepOf(y, this.goBackwards ? 0 : (y.shape[1] as number) - 1);
  }

  /** The states to start from; `undefined` for zeros. */
  protected start(batch: number, initialState: readonly Tensor[] | undefined): readonly Tensor[] | undefined {
    if (initialState !== undefined && initialState.length > 0) {
      expectStates(this, initialState, batch);
      return initialState;
    }
    return this.#states?.map((state) => {
      const [rows = 0, size = 0] = state.shape;
      if (batch <= rows) return batch === rows ? state.value : slice(state.value, [0, 0], [batch, size]);
      throw new ShapeError(
        this.name,
        `the batch has ${batch} rows, the carried states have ${rows}.`,
        'A stateful layer continues row by row: a batch may be smaller than the first, not larger.',
        'Call resetStates() before another batch size.',
      );
    });
  }

  /** Keeps a stateful layer's states for the next batch, cut off from its gradients; rows that a smaller one left out stay. */
  protected carry(batch: number, states: readonly Tensor[]): void {
    if (!this.stateful) return;
    this.#states ??= states.map(({ shape, dtype, backend }, index) => this.#slot(index, { shape, dtype, backend }));
    this.#states.forEach((slot, index) => {
      const state = stopGradient(states[index] as Tensor);
      const [rows = 0, size = 0] = slot.shape;
      const kept = (): Tensor => slice(slot.value, [batch, 0], [rows - batch, size]);
      slot.assign(batch === rows ? state : concat([state, kept()]));
    });
  }
}

/** Returns the output `[batch, units]` of one step. */
export function stepOf(y: Tensor, step: number): Tensor {
  const [batch = 0, , units = 0] = y.shape;
  return reshape(slice(y, [0, step, 0], [batch, 1, units]), [batch, units]);
}
