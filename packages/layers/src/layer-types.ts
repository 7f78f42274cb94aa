import type { Initializer, Shape, Tensor } from '@lstm/core';
import type { PartialShape } from './shape.ts';

/** Options that every layer takes. */
export interface LayerOptions {
  /**
   * Unique within a network; by default the type, numbered: `lstm`, `lstm_1`. Of a layer inside `bidirectional`, `timeDistributed` or
   * `rnn` it is for messages: parameters are named after the outer layer.
   */
  readonly name?: string;
  /** False freezes the parameters. Default true. */
  readonly trainable?: boolean;
  /**
   * Shape of one sample, without the batch; for the first layer of `sequential`. `null` for an axis of any length. A layer around
   * others takes theirs where it has none; that of a layer in `timeDistributed` and of a cell is the shape of one step.
   */
  readonly inputShape?: PartialShape;
}

/** How a layer or network is called. */
export interface CallContext {
  /** True: dropout drops. Default false. */
  readonly training?: boolean | undefined;
  /** 0/1 `[batch, time]` of the first input; 0 marks padding. */
  readonly mask?: Tensor | undefined;
  /** Masks of all inputs in their order, where a later one than the first has one. */
  readonly masks?: readonly (Tensor | undefined)[] | undefined;
  /** States that a recurrent layer starts from, each `[batch, units]`. */
  readonly initialState?: readonly Tensor[] | undefined;
  /** Seed of dropout; by default that of the network. */
  readonly seed?: number | undefined;
  /** Number of the training step, which dropout draws by; a must when training with dropout. */
  readonly step?: number | undefined;
}

/** Outputs of a layer, and the mask of the first one. */
export interface LayerResult {
  readonly outputs: readonly Tensor[];
  readonly mask: Tensor | undefined;
  /** Masks of all outputs in their order, where a later one than the first may have one. */
  readonly masks?: readonly (Tensor | undefined)[];
}

/** Where a layer stands when it is built. */
export interface BuildContext {
  /** Prefix of the parameters' names. */
  readonly path: string;
  /** Seed of the initial values. */
  readonly seed: number;
}

/** A layer as plain data. */
export interface LayerConfig {
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Prefix of the parameters' names, where it is not the one that the place in the network gives: the layer was built before. */
  readonly path?: string;
  /** Names of the frozen parameters, where `trainable` does not say it: some are frozen and some are not. */
  readonly frozen?: readonly string[];
}

/** What a parameter of a layer is made from. */
export interface LayerParameterOptions {
  /** Within the layer, such as `kernel`. */
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: Initializer;
  /** False for slots that gradients do not change. Default true. */
  readonly trainable?: boolean;
}
