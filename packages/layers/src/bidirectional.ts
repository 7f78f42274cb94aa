import {
  add,
  checkChoice,
  concat,
  describeValue,
  mul,
  OptionError,
  slice,
  type Tensor,
  UnsupportedError,
} from '@lstm/core';
import { type CallContext, Layer, type LayerConfig, type LayerOptions, type LayerResult } from './layer.ts';
import { expectOneInputShape, expectStates } from './layer-errors.ts';
import { expectSequence, SequenceLayer, stepOf, type Walked } from './sequence-layer.ts';
import type { PartialShape } from './shape.ts';
import { SingleInputLayer } from './single-input-layer.ts';
import { type JointResult, runStack, type StackCell, type StackHead, type StackMember, stackLayer } from './stack.ts';

/** How the outputs of both directions are joined; `null` returns both. */
export type MergeMode = 'concat' | 'sum' | 'mul' | 'ave' | null;

/** Options of {@link bidirectional}. */
export interface BidirectionalOptions extends LayerOptions {
  /** Default `concat`. */
  readonly mergeMode?: MergeMode;
  /** The other direction, where it is to differ; it walks forwards by itself. */
  readonly backwardLayer?: Layer;
}

const mergeModes = ['concat', 'sum', 'mul', 'ave'] as const;

class Bidirectional extends SingleInputLayer {
  readonly type: string = 'bidirectional';
  readonly #forward: SequenceLayer;
  readonly #backward: SequenceLayer;
  readonly #mergeMode: MergeMode;
  #stackMember: StackMember | undefined;

  constructor(forward: SequenceLayer, backward: SequenceLayer, options: BidirectionalOptions) {
    super('bidirectional', options, ['mergeMode', 'backwardLayer']);
    this.#forward = forward;
    this.#backward = backward;
    const { mergeMode = 'concat' } = options;
    this.#mergeMode = mergeMode === null ? null : checkChoice('bidirectional', 'mergeMode', mergeMode, mergeModes);
    expectOneInputShape(this, options.inputShape, this.innerInputShape);
    expectOneInputShape(this, forward.inputShape, backward.inputShape);
    expectSameWidth(this.#forward, this.#backward, this.#mergeMode);
    this.freezeInside();
  }

  override get children(): readonly Layer[] {
    return [this.#forward, this.#backward];
  }

  override get innerInputShape(): PartialShape | undefined {
    return this.#forward.inputShape ?? this.#backward.inputShape;
  }

  override get needsReturnSequences(): string | undefined {
    const inner = this.#forward.needsReturnSequences;
    return inner && `the ${inner} in ${this.name}`;
  }

  override get initialStateSizes(): readonly number[] {
    return [this.#forward, this.#backward].flatMap((layer) => layer.stateSizes);
  }

  override get maskedOutputs(): number {
    return this.#mergeMode === null ? 2 : 1;
  }

  override get stackMember(): StackMember | undefined {
    this.#stackMember ??= this.#asStackMember();
    return this.#stackMember;
  }

  #asStackMember(): StackMember | undefined {
    const cell = this.#forward.stackCell;
    const walks = [this.#forward.stackWalk('forward'), this.#backward.stackWalk('reverse')].filter(
      (walk) => walk !== undefined,
    );
    if (cell === undefined || !sameCell(cell, this.#backward.stackCell)) return undefined;
    return {
      layer: stackLayer(cell, walks, this.#zeroOutputForMask),
      ops: cell.ops,
      walks,
      handsOn: this.#mergeMode === 'concat' && this.#forward.returnSequences && !this.#forward.returnState,
      start: (batch, initialState) => this.#initialState(batch, initialState),
      carry: () => undefined,
      finish: (y, states) => {
        const [batch = 0, time = 0] = y.shape;
        const [units, units2] = [this.#forward.outputSize, this.#backward.outputSize];
        const half = (from: number, size: number): Tensor => slice(y, [0, 0, from], [batch, time, size]);
        return this.#outputs(half(0, units), half(units, units2), states);
      },
      maskAfter: (mask) => (this.#forward.returnSequences ? mask : undefined),
    };
  }

  override runJointly(
    next: readonly Layer[],
    [x]: readonly Tensor[],
    context: CallContext,
    head?: StackHead,
  ): JointResult | undefined {
    const { stackMember } = this;
    return stackMember && runStack(stackMember, next, x as Tensor, context, head);
  }

  override checkInputs([shape]: readonly PartialShape[], shaper?: Layer): void {
    expectSequence(this, shape, shaper);
  }

  override outputShapes(inputShapes: readonly PartialShape[]): readonly PartialShape[] {
    const [y = [], ...states] = this.#forward.outputShapes(inputShapes);
    const [y2 = [], ...states2] = this.#backward.outputShapes(inputShapes);
    if (this.#mergeMode === null) return [y, y2, ...states, ...states2];
    const size = (y.at(-1) ?? 0) + (this.#mergeMode === 'concat' ? (y2.at(-1) ?? 0) : 0);
    return [[...y.slice(0, -1), size], ...states, ...states2];
  }

  override sessionLayers(): never {
    throw new UnsupportedError(
      this.name,
      'a bidirectional layer cannot be streamed.',
      'Its backward half starts at the last step, which a stream does not know.',
      'Use a layer that only walks forwards, or predict whole sequences.',
    );
  }

  override toConfig(): LayerConfig {
    const { type, options } = super.toConfig();
    const layer = this.#forward.configAt(`${this.path}/forward`);
    const backwardLayer = this.#backward.configAt(`${this.path}/backward`);
    return { type, options: { ...options, layer, backwardLayer } };
  }

  protected override create(inputShapes: readonly PartialShape[]): void {
    this.#forward.build(inputShapes, { path: `${this.path}/forward`, seed: this.seed });
    this.#backward.build(inputShapes, { path: `${this.path}/backward`, seed: this.seed });
  }

  protected forward(inputs: readonly Tensor[], context: CallContext): readonly Tensor[] | LayerResult {
    const joint = this.runJointly([], inputs, context);
    if (joint !== undefined) return joint;
    const { mask } = context;
    const [x] = inputs as readonly [Tensor];
    const initialState = this.#initialState(x.shape[0] as number, context.initialState) ?? [];
    const count = this.#forward.stateSizes.length;
    const zeroOutputForMask = this.#zeroOutputForMask;
    const walk = (layer: SequenceLayer, reverse: boolean, states: readonly Tensor[]): Walked =>
      layer.walk(
        x,
        { mask, reverse, zeroOutputForMask, initialState: states.length > 0 ? states : undefined },
        context,
      );
    const ahead = walk(this.#forward, false, initialState.slice(0, count));
    const back = walk(this.#backward, true, initialState.slice(count));
    return this.#outputs(ahead.y, back.y, [...ahead.states, ...back.states]);
  }

  /** As Keras, whatever the layers say: in a sequence masked outputs are 0, and the last output is that of the last valid step. */
  get #zeroOutputForMask(): boolean {
    return this.#forward.returnSequences;
  }

  #initialState(batch: number, initialState: readonly Tensor[] = []): readonly Tensor[] | undefined {
    if (initialState.length === 0) return undefined;
    expectStates(this, initialState, batch);
    return initialState;
  }

  /** Makes the outputs of the sequences of both directions, at their own time positions. */
  #outputs(ahead: Tensor, back: Tensor, states: readonly Tensor[]): readonly Tensor[] {
    const last = (ahead.shape[1] as number) - 1;
    const whole = this.#forward.returnSequences;
    const merged = whole ? this.#merge(ahead, back) : this.#merge(stepOf(ahead, last), stepOf(back, 0));
    return this.#forward.returnState ? [...merged, ...states] : merged;
  }

  protected override outputMask(_: readonly Tensor[], mask: Tensor | undefined): Tensor | undefined {
    return this.#forward.returnSequences ? mask : undefined;
  }

  #merge(y: Tensor, y2: Tensor): readonly Tensor[] {
    switch (this.#mergeMode) {
      case 'concat':
        return [concat([y, y2], { axis: -1 })];
      case 'sum':
        return [add(y, y2)];
      case 'mul':
        return [mul(y, y2)];
      case 'ave':
        return [mul(add(y, y2), 0.5)];
      case null:
        return [y, y2];
    }
  }
}

function sameCell({ cell, attributes }: StackCell, other: StackCell | undefined): boolean {
  return cell === other?.cell && JSON.stringify(attributes) === JSON.stringify(other.attributes);
}

/** Throws where the outputs of both directions can't be merged. */
function expectSameWidth(forward: SequenceLayer, backward: SequenceLayer, mergeMode: MergeMode): void {
  if (mergeMode === null || mergeMode === 'concat' || forward.outputSize === backward.outputSize) return;
  throw new OptionError(
    'bidirectional',
    `the outputs are ${forward.outputSize} and ${backward.outputSize} wide.`,
    `With mergeMode '${mergeMode}' they are equally wide.`,
    'Change one of them, or leave backwardLayer out.',
  );
}

/** Throws where a direction was told to do otherwise with masked steps than both do. */
function expectZeroOutput({ zeroOutputForMask, returnSequences }: SequenceLayer): void {
  if (zeroOutputForMask === undefined || zeroOutputForMask === returnSequences) return;
  throw new OptionError(
    'bidirectional',
    `zeroOutputForMask is ${zeroOutputForMask} on a layer with returnSequences: ${returnSequences}.`,
    'As in Keras, in sequences masked outputs are 0, and a last output is that of the last valid step.',
    'Leave zeroOutputForMask out.',
  );
}

function checkDirection(layer: Layer): SequenceLayer {
  if (layer instanceof SequenceLayer && !layer.goBackwards && !layer.stateful) return layer;
  throw new OptionError(
    'bidirectional',
    layer instanceof SequenceLayer
      ? `the layer has ${layer.goBackwards ? 'goBackwards' : 'stateful'}: true.`
      : `the layer is ${layer instanceof Layer ? `of type ${layer.type}` : describeValue(layer)}.`,
    'Both directions are recurrent layers that walk forwards by themselves and start anew.',
    'Write for example bidirectional(lstm({ units: 8 })).',
  );
}

/**
 * Returns a layer that walks sequences in both directions and joins the outputs (Schuster & Paliwal 1997). With the default
 * `concat`, `[batch, time, features]` gives `[batch, 2·units]`, or with the layer's `returnSequences` `[batch, time, 2·units]`;
 * with its `returnState` also the states, forward then backward. With `returnSequences` the outputs of
 * masked steps are 0, as in Keras.
 *
 * @param layer - the forward direction; the other one gets the same options and parameters of its own
 * @throws OptionError when the layer is not recurrent, goes backwards, is stateful or sets another `zeroOutputForMask`, or an option is
 * unknown
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { bidirectional, lstm } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const layer = bidirectional(lstm({ units: 8, returnSequences: true }));
 * console.log(layer.call(ones([2, 10, 3])).shape); // => [ 2, 10, 16 ]
 * ```
 */
export function bidirectional(layer: Layer, options: BidirectionalOptions = {}): Layer {
  const forward = checkDirection(layer);
  const backward = options.backwardLayer === undefined ? forward.twin() : checkDirection(options.backwardLayer);
  if (backward === forward) {
    throw new OptionError(
      'bidirectional',
      'backwardLayer is the layer itself.',
      'Each direction has parameters of its own.',
      'Leave backwardLayer out.',
    );
  }
  for (const each of [forward, backward]) expectZeroOutput(each);
  for (const option of ['returnSequences', 'returnState'] as const) {
    if (backward[option] === forward[option]) continue;
    throw new OptionError(
      'bidirectional',
      `${option} is ${forward[option]} on the layer and ${backward[option]} on backwardLayer.`,
      'Both directions give outputs of one form.',
      `Set ${option} alike on both.`,
    );
  }
  return new Bidirectional(forward, backward, options);
}
