import type { View } from './types.ts';

/** Stochastic gradient descent with momentum; weight decay is added to the gradient. Slots: `velocity` when momentum > 0. */
export interface SgdRule {
  readonly kind: 'sgd';
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/** Adam (Kingma & Ba 2015); with `decoupled` weight decay AdamW (Loshchilov & Hutter 2019). Slots: `m`, `v`. */
export interface AdamRule {
  readonly kind: 'adam';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** True: the decay is applied to the parameter, scaled by the learning rate. False: it is added to the gradient. */
  readonly decoupled: boolean;
}

/** RMSprop (Tieleman & Hinton 2012). Slots: `meanSquare`, then `mean` when centered, then `momentum` when > 0. */
export interface RmspropRule {
  readonly kind: 'rmsprop';
  readonly rho: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly centered: boolean;
  readonly weightDecay: number;
}

/** The update rules that a backend can run over all parameters in one call; formulas in `optimizerStep`. */
export type OptimizerRule = SgdRule | AdamRule | RmspropRule;

/** Numbers of one optimizer step. */
export interface OptimizerStepAttributes {
  readonly rule: OptimizerRule;
  readonly learningRate: number;
  /** 1 for the first step. */
  readonly step: number;
  /** Upper bound of the global gradient norm. */
  readonly clipNorm?: number | undefined;
  /** Bound of each gradient element, applied before `clipNorm`. */
  readonly clipValue?: number | undefined;
}

/** Tensors of one optimizer step. Parameters and slots are donated: the backend writes into them. */
export interface OptimizerStepTensors<T> {
  readonly parameters: readonly T[];
  /** One gradient per parameter, read only. */
  readonly gradients: readonly T[];
  /** For each parameter the slots of its rule, in the order of the rule's comment. */
  readonly slots: readonly (readonly T[])[];
  /** Scalar; when it is not finite nothing is changed. */
  readonly loss?: T | undefined;
}

/** An in-place kernel. */
export interface FusedUpdate<Tensors, Attributes, Result> {
  /** Absent means always. */
  supports?(tensors: Tensors, attributes: Attributes): boolean;
  run(tensors: Tensors, attributes: Attributes): Result;
}

/** The fused updates that a backend may offer. */
export interface FusedUpdates<H = unknown> {
  /** Returns the global norm of the gradients (before clipping) as a scalar; changes nothing unless it and the loss are finite. */
  readonly optimizerStep?: FusedUpdate<OptimizerStepTensors<View<H>>, OptimizerStepAttributes, View<H>>;
}
