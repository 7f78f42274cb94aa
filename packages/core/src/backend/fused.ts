import type { View } from './types.ts';

/**
 * A differentiable kernel that replaces a composition of ordinary ops. Forward and backward travel together, so they cannot
 * disagree. Core keeps the inputs and outputs alive until `release(saved)`, so `saved` may refer to them.
 */
export interface FusedKernel<Inputs extends object, Attributes, Outputs extends object, Saved = unknown> {
  /** Absent means always. False sends the call to the composition. */
  supports?(inputs: Inputs, attributes: Attributes): boolean;
  /** `training` is false when no gradient will be asked for: then nothing needs to be saved. */
  forward(
    inputs: Inputs,
    attributes: Attributes,
    training: boolean,
  ): { readonly outputs: Outputs; readonly saved: Saved };
  /**
   * Gradients of the inputs named in `needs`. A missing output gradient stands for zeros. Called again for a graph that is retained
   * (`retainGraph`), so `saved` is left as it was, or made again.
   */
  backward(saved: Saved, gradients: Partial<Outputs>, needs: ReadonlySet<keyof Inputs>): Partial<Inputs>;
  /** Frees what `forward` saved. Called exactly once. */
  release(saved: Saved): void;
}

/** Activations that a backend may fuse; each derivative follows from the activation's own output. */
export type FusedActivation = 'linear' | 'tanh' | 'sigmoid' | 'hardSigmoid' | 'relu';

/** Optional inputs that every recurrent kernel takes. `B` batch, `T` time, `I` input features, `U` units. */
export interface RecurrentInputs<T> {
  /** `[B, T, I]` */
  readonly x: T;
  /** `[I, G·U]` for `G` gates */
  readonly kernel: T;
  /** `[U, G·U]` */
  readonly recurrentKernel: T;
  /** `[G·U]`; GRU with `resetAfter`: `[2, 3·U]`, input bias then recurrent bias */
  readonly bias?: T | undefined;
  /** `[B, U]`, zeros when absent */
  readonly h0?: T | undefined;
  /** 0/1 `[B, T]`; a 0 carries the state over the step. Not differentiable. */
  readonly mask?: T | undefined;
  /** `[B, I]`, scaled keep mask for `x`, one for all steps. Not differentiable. */
  readonly dropoutMask?: T | undefined;
  /** `[B, U]`, scaled keep mask for `h` where it enters the recurrent product, one for all steps. Not differentiable. */
  readonly recurrentDropoutMask?: T | undefined;
}

/** Inputs of the fused LSTM; gates are packed i, f, c, o. */
export interface LstmInputs<T> extends RecurrentInputs<T> {
  /** `[B, U]`, zeros when absent */
  readonly c0?: T | undefined;
}

/** What every recurrent kernel is told besides its tensors. */
export interface RecurrentAttributes {
  /** Walk time from the last step to the first; outputs stay at their own time positions. */
  readonly reverse: boolean;
  /** Outputs of masked steps are 0; otherwise they repeat the output of the step walked before, 0 before the first. */
  readonly zeroOutputForMask: boolean;
  /** Activation of the candidate and of the cell's output. */
  readonly activation: FusedActivation;
}

/** Attributes of the fused LSTM. */
export interface LstmAttributes extends RecurrentAttributes {
  /** Activation of the gates. */
  readonly recurrentActivation: FusedActivation;
}

/** Attributes of the fused GRU; gates are packed z, r, h. */
export interface GruAttributes extends LstmAttributes {
  /** True: the reset gate acts on the recurrent product (Keras default, PyTorch). False: on the state before it. */
  readonly resetAfter: boolean;
}

/** Outputs of the fused GRU and simple RNN. */
export interface RecurrentOutputs<T> {
  /** `[B, T, U]` */
  readonly y: T;
  /** Final state `[B, U]` */
  readonly h: T;
}

/** Outputs of the fused LSTM. */
export interface LstmOutputs<T> extends RecurrentOutputs<T> {
  /** Final cell state `[B, U]` */
  readonly c: T;
}

/** Inputs of the fused affine map. */
export interface LinearInputs<T> {
  /** `[rows, input]` */
  readonly x: T;
  /** `[input, units]` */
  readonly kernel: T;
  /** `[units]` */
  readonly bias?: T | undefined;
}

/** Attributes of the fused affine map. */
export interface LinearAttributes {
  readonly activation: FusedActivation;
}

/** One output named `y`. */
export interface SingleOutput<T> {
  readonly y: T;
}

/** Inputs of the fused softmax cross-entropy. */
export interface SoftmaxCrossEntropyInputs<T> {
  /** `[rows, classes]` */
  readonly logits: T;
  /** int32 class `[rows]`. Not differentiable. */
  readonly labels: T;
}

/** Inputs of the fused layer normalization over the last axis. */
export interface LayerNormInputs<T> {
  /** `[rows, features]` */
  readonly x: T;
  /** `[features]` */
  readonly gamma?: T | undefined;
  /** `[features]` */
  readonly beta?: T | undefined;
}

/** Attributes of the fused layer normalization. */
export interface LayerNormAttributes {
  /** Added to the variance. */
  readonly epsilon: number;
}

/** One layer of a recurrent stack. Its tensors are the stack's inputs named `<layer>.<direction>.<name>`. */
export type RecurrentStackLayer = {
  /** Which ways the layer walks; two directions are joined by concatenating their outputs. */
  readonly directions: readonly ('forward' | 'reverse')[];
} & (
  | { readonly cell: 'lstm'; readonly attributes: LstmAttributes }
  | { readonly cell: 'gru'; readonly attributes: GruAttributes }
  | { readonly cell: 'simpleRnn'; readonly attributes: RecurrentAttributes }
);

/**
 * Inputs of a run of recurrent layers by name: `x` `[B, T, I]`, or `tokens` int32 `[B, T]` with `table` `[V, I]`; `mask`; and
 * for each layer and direction `0.forward.kernel`, `0.forward.recurrentKernel`, `0.forward.bias`, `0.forward.h0`, … , as
 * {@link recurrentStackNames} spells them.
 */
export type RecurrentStackInputs<T> = Readonly<Record<string, T | undefined>>;

/** Attributes of a run of recurrent layers. */
export interface RecurrentStackAttributes {
  readonly layers: readonly RecurrentStackLayer[];
}

/** Outputs by name: `y` of the last layer, and `<layer>.<direction>.h` (and `.c`) of every layer. */
export type RecurrentStackOutputs<T> = Readonly<Record<string, T>>;

/**
 * The fused kernels that a backend may offer. Open by declaration merging: a package can add a member and call it with
 * `fusedOp`.
 */
export interface FusedKernels<H = unknown> {
  readonly lstm?: FusedKernel<LstmInputs<View<H>>, LstmAttributes, LstmOutputs<View<H>>>;
  readonly gru?: FusedKernel<RecurrentInputs<View<H>>, GruAttributes, RecurrentOutputs<View<H>>>;
  readonly simpleRnn?: FusedKernel<RecurrentInputs<View<H>>, RecurrentAttributes, RecurrentOutputs<View<H>>>;
  readonly linear?: FusedKernel<LinearInputs<View<H>>, LinearAttributes, SingleOutput<View<H>>>;
  readonly softmaxCrossEntropy?: FusedKernel<
    SoftmaxCrossEntropyInputs<View<H>>,
    Record<never, never>,
    SingleOutput<View<H>>
  >;
  readonly layerNorm?: FusedKernel<LayerNormInputs<View<H>>, LayerNormAttributes, SingleOutput<View<H>>>;
  readonly recurrentStack?: FusedKernel<
    RecurrentStackInputs<View<H>>,
    RecurrentStackAttributes,
    RecurrentStackOutputs<View<H>>
  >;
}
