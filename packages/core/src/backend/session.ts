import type { WeightPrecision } from '../weight-precision.ts';
import type { FusedActivation } from './fused.ts';
import type { View } from './types.ts';

/** Weights of a recurrent layer in a session. */
export interface SessionRecurrentWeights<T> {
  /** `[input, G·units]` */
  readonly kernel: T;
  /** `[units, G·units]` */
  readonly recurrentKernel: T;
  readonly bias?: T | undefined;
  readonly activation: FusedActivation;
}

/** One layer of a stepping program. */
export type FusedSessionLayer<T> =
  | ({ readonly kind: 'lstm'; readonly recurrentActivation: FusedActivation } & SessionRecurrentWeights<T>)
  | ({
      readonly kind: 'gru';
      readonly recurrentActivation: FusedActivation;
      readonly resetAfter: boolean;
    } & SessionRecurrentWeights<T>)
  | ({ readonly kind: 'simpleRnn' } & SessionRecurrentWeights<T>)
  | { readonly kind: 'linear'; readonly kernel: T; readonly bias?: T | undefined; readonly activation: FusedActivation }
  | { readonly kind: 'softmax' }
  | {
      readonly kind: 'embedding';
      readonly table: T;
      /** Token 0 is padding, which core refuses in a step. Default false. */
      readonly maskZero?: boolean;
    };

/** A stack of layers that is stepped through time, many independent sessions at once. */
export interface SessionPlan<H = unknown> {
  /** How many sessions step together. */
  readonly sessions: number;
  /** Features per session and step; 1 (a token) when the first layer is an embedding. */
  readonly inputSize: number;
  /** Features that come out per session and step. */
  readonly outputSize: number;
  readonly layers: readonly FusedSessionLayer<View<H>>[];
  /** Storage of the weights; arithmetic stays float32. */
  readonly weightPrecision: WeightPrecision;
}

/** A stepping program on a backend. It owns copies of the weights. */
export interface BackendSession {
  /** Advances every session by one step: `input` `[sessions, inputSize]`, fills `output` `[sessions, outputSize]`. */
  step(input: Float32Array, output: Float32Array): void;
  /** Copies the state out: for each recurrent layer `h` `[sessions, units]`, then for an LSTM `c`. */
  readState(): Float32Array[];
  /** Replaces the state; arrays as `readState` returns them. */
  writeState(state: readonly Float32Array[]): void;
  dispose(): void;
}
