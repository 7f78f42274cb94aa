import {
  checkInteger,
  checkRange,
  dropoutMask,
  type FusedActivation,
  type Initializer,
  type Parameter,
  type SessionLayer,
  type Tensor,
} from '@lstm/core';
import { type Activation, activationOf, cellActivation } from './activations.ts';
import { type InitializerName, initializerOf } from './initializers.ts';
import type { CallContext, Layer } from './layer.ts';
import { checkSwitches } from './layer-errors.ts';
import { ownOptions } from './own-options.ts';
import { SequenceLayer, type SequenceLayerOptions, type Walk, type Walked } from './sequence-layer.ts';
import type { PartialShape } from './shape.ts';
import { type JointResult, runStack, type StackHead, type StackMember, type StackWalk, stackLayer } from './stack.ts';

/** Options that lstm, gru and simpleRnn share; names and defaults are Keras's. */
export interface RecurrentOptions extends SequenceLayerOptions {
  /** Size of the state and of the output. */
  readonly units: number;
  /** Activation of the candidate, and in an LSTM of the cell's output. Default `tanh`. */
  readonly activation?: Activation;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerName | Initializer;
  /** Default `orthogonal`. */
  readonly recurrentInitializer?: InitializerName | Initializer;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerName | Initializer;
  /** Share of the inputs dropped in training, the same for all steps, in `[0, 1)` (Gal & Ghahramani 2016). Default 0. */
  readonly dropout?: number;
  /** Share of the state dropped where it enters the recurrent product, the same for all steps, in `[0, 1)`. Default 0. */
  readonly recurrentDropout?: number;
}

/** Names of {@link RecurrentOptions} besides those of a walk, for checks. */
export const recurrentOptions: readonly string[] = [
  'units',
  'activation',
  'useBias',
  'kernelInitializer',
  'recurrentInitializer',
  'biasInitializer',
  'dropout',
  'recurrentDropout',
];

/** Weights as ops take them. */
export interface Weights {
  readonly kernel: Tensor;
  readonly recurrentKernel: Tensor;
  readonly bias: Tensor | undefined;
}

/** Dropout masks of one walk. */
export interface DropoutMasks {
  readonly dropoutMask: Tensor | undefined;
  readonly recurrentDropoutMask: Tensor | undefined;
}

/** A layer over one of core's recurrent ops. */
export abstract class Recurrent extends SequenceLayer {
  protected readonly options: RecurrentOptions;
  #kernel: Parameter | undefined;
  #recurrentKernel: Parameter | undefined;
  #bias: Parameter | undefined;
  #stackMember: StackMember | undefined;

  constructor(where: string, options = {} as RecurrentOptions, allowed: readonly string[] = []) {
    super(where, options, [...recurrentOptions, ...allowed]);
    checkSwitches(where, options, ['useBias', 'unitForgetBias', 'resetAfter']);
    checkInteger(where, 'units', options.units);
    checkRange(where, 'dropout', options.dropout ?? 0, 0, 1, true);
    checkRange(where, 'recurrentDropout', options.recurrentDropout ?? 0, 0, 1, true);
    activationOf(where, 'activation', options.activation ?? 'tanh');
    for (const option of ['kernelInitializer', 'recurrentInitializer', 'biasInitializer'] as const) {
      initializerOf(where, option, options[option] ?? 'zeros');
    }
    this.options = ownOptions(options);
  }

  /** Columns of the kernel per unit. */
  protected abstract readonly gates: number;

  override get outputSize(): number {
    return this.options.units;
  }

  override get stateSizes(): readonly number[] {
    return [this.options.units];
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    this.expectForwards();
    return [this.sessionLayer(this.weights)];
  }

  override walk(x: Tensor, walk: Walk, context: CallContext): Walked {
    const [batch = 0, , features = 0] = x.shape;
    return this.sequence(x, walk, this.dropoutMasks(x, [batch, features], context));
  }

  override stackWalk(direction: StackWalk['direction']): StackWalk {
    const layer = this;
    return {
      direction,
      units: this.options.units,
      states: this.stateSizes.length,
      get weights() {
        return layer.weights;
      },
      dropoutMasks: (like, sizes, context) => this.dropoutMasks(like, sizes, context),
    };
  }

  override get stackMember(): StackMember | undefined {
    this.#stackMember ??= this.#asStackMember();
    return this.#stackMember;
  }

  #asStackMember(): StackMember | undefined {
    const cell = this.stackCell;
    if (cell === undefined) return undefined;
    const walks = [this.stackWalk(this.goBackwards ? 'reverse' : 'forward')];
    return {
      layer: stackLayer(cell, walks, this.zeroOutputForMask ?? false),
      ops: cell.ops,
      walks,
      handsOn: this.returnSequences && !this.returnState && !this.goBackwards,
      start: (batch, initialState) => this.start(batch, initialState),
      carry: (batch, states) => this.carry(batch, states),
      finish: (y, states, mask) => this.finish(y, states, mask),
      maskAfter: (mask) => this.maskAfter(mask),
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

  /** Draws the masks of a walk over inputs of `[batch, features]`. */
  protected dropoutMasks(
    { dtype, backend }: Pick<Tensor, 'dtype' | 'backend'>,
    [batch, features]: readonly [number, number],
    context: CallContext,
  ): DropoutMasks {
    const { dropout = 0, recurrentDropout = 0, units } = this.options;
    const mask = (rate: number, size: number, purpose: string): Tensor | undefined => {
      if (context.training !== true || rate === 0) return undefined;
      return dropoutMask([batch, size], rate, this.randomKey(purpose, context), { dtype, backend });
    };
    return {
      dropoutMask: mask(dropout, features, 'dropout'),
      recurrentDropoutMask: mask(recurrentDropout, units, 'recurrentDropout'),
    };
  }

  /** Runs the op. */
  abstract sequence(x: Tensor, walk: Walk, masks: DropoutMasks): Walked;

  /** An activation as kernels take it; `undefined` for one that they do not know. */
  protected kernelActivation(option: string, activation: Activation): FusedActivation | undefined {
    const found = cellActivation(this.name, option, activation);
    return typeof found === 'string' ? found : undefined;
  }

  /** The layer as a step of a session. */
  protected abstract sessionLayer(weights: Weights): SessionLayer<Tensor>;

  /** The current values of the parameters. */
  protected get weights(): Weights {
    return {
      kernel: (this.#kernel as Parameter).weight,
      recurrentKernel: (this.#recurrentKernel as Parameter).weight,
      bias: this.#bias?.value,
    };
  }

  protected override create([shape]: readonly PartialShape[]): void {
    const { options, gates } = this;
    const { units, kernelInitializer = 'glorotUniform', recurrentInitializer = 'orthogonal' } = options;
    const width = gates * units;
    this.#kernel = this.addParameter({
      name: 'kernel',
      shape: [shape?.[2] as number, width],
      initializer: initializerOf(this.name, 'kernelInitializer', kernelInitializer),
    });
    this.#recurrentKernel = this.addParameter({
      name: 'recurrentKernel',
      shape: [units, width],
      initializer: initializerOf(this.name, 'recurrentInitializer', recurrentInitializer),
    });
    if (options.useBias === false) return;
    const initializer = this.biasInitializer(shape as PartialShape);
    this.#bias = this.addParameter({ name: 'bias', shape: this.biasShape(width), initializer });
  }

  protected biasShape(width: number): readonly number[] {
    return [width];
  }

  protected biasInitializer(_inputShape: PartialShape): Initializer {
    return initializerOf(this.name, 'biasInitializer', this.options.biasInitializer ?? 'zeros');
  }
}
