/** A layer of a workload's network. */
export type WorkloadLayer =
  | { readonly kind: 'embedding'; readonly vocabulary: number; readonly size: number }
  /** With `sequences` every step's output is handed on, else the last one. */
  | { readonly kind: 'lstm'; readonly units: number; readonly sequences: boolean }
  /** A cell that no kernel knows, written in each engine's ordinary ops, step by step; hands on the last output. */
  | { readonly kind: 'coupledCell'; readonly units: number }
  | { readonly kind: 'dense'; readonly units: number; readonly activation: 'linear' | 'relu' }
  | { readonly kind: 'dropout'; readonly rate: number };

/**
 * What the output is compared with: numbers (mean squared error), a class of two given as logit (binary cross-entropy), or a class
 * for each step given as logits (softmax cross-entropy).
 */
export type WorkloadLoss = 'squares' | 'binary' | 'classes';

/** One piece of work that every engine does: a training step, or an inference. */
export interface Workload {
  readonly name: string;
  readonly batch: number;
  readonly time: number;
  /** Features of a step; 0 when the network takes tokens. */
  readonly features: number;
  readonly layers: readonly WorkloadLayer[];
  /** Given: one training step, forward, backward, clipping of the global gradient norm to 1, Adam. Absent: inference. */
  readonly loss?: WorkloadLoss;
  /** One time step a call, with the state kept in between. */
  readonly streaming: boolean;
}

const lstm = (units: number, sequences: boolean): WorkloadLayer => ({ kind: 'lstm', units, sequences });
const dense = (units: number, activation: 'linear' | 'relu' = 'linear'): WorkloadLayer => ({
  kind: 'dense',
  units,
  activation,
});

/** All workloads; nothing else says what they are. */
export const workloads: readonly Workload[] = [
  {
    name: 'train.forecast',
    batch: 32,
    time: 60,
    features: 1,
    layers: [lstm(50, true), lstm(50, false), dense(1)],
    loss: 'squares',
    streaming: false,
  },
  {
    name: 'train.classify',
    batch: 32,
    time: 200,
    features: 0,
    layers: [
      { kind: 'embedding', vocabulary: 10_000, size: 128 },
      lstm(128, false),
      dense(64, 'relu'),
      { kind: 'dropout', rate: 0.5 },
      dense(1),
    ],
    loss: 'binary',
    streaming: false,
  },
  {
    name: 'train.charlm',
    batch: 64,
    time: 100,
    features: 0,
    layers: [{ kind: 'embedding', vocabulary: 96, size: 128 }, lstm(512, true), lstm(512, true), dense(96)],
    loss: 'classes',
    streaming: false,
  },
  {
    name: 'train.large',
    batch: 64,
    time: 50,
    features: 1024,
    layers: [lstm(1024, false), dense(1)],
    loss: 'squares',
    streaming: false,
  },
  {
    name: 'train.cell',
    batch: 32,
    time: 60,
    features: 1,
    layers: [{ kind: 'coupledCell', units: 50 }, dense(1)],
    loss: 'squares',
    streaming: false,
  },
  { name: 'infer.stream', batch: 1, time: 1, features: 128, layers: [lstm(128, false)], streaming: true },
  { name: 'infer.single', batch: 1, time: 100, features: 256, layers: [lstm(256, false)], streaming: false },
  {
    name: 'infer.batch',
    batch: 32,
    time: 100,
    features: 128,
    layers: [lstm(512, true), lstm(512, false)],
    streaming: false,
  },
  { name: 'infer.large', batch: 64, time: 50, features: 1024, layers: [lstm(1024, false)], streaming: false },
];

/**
 * Numbers of Adam in every engine. Keras's form adds epsilon before the correction of the start, PyTorch's after it: only an epsilon
 * below the gradients makes them one.
 */
export const adamNumbers = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-12, clipNorm: 1 } as const;

/** Training steps whose losses are compared before anything is timed. */
export const comparedSteps: number = 3;

/** Steps of a stream, from the zero state, after which the outputs are compared. */
export const comparedStreamSteps: number = 8;
