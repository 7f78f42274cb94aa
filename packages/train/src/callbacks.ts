import type { Network } from '@lstm/layers';
import type { Optimizer } from '@lstm/optim';
import type { EpochHistory } from './history.ts';

/** Numbers of an epoch or batch by name: `loss`, the metrics, and with a `val` in front those of the validation data. */
export interface Logs {
  readonly loss: number;
  readonly [name: string]: number;
}

/** Why training ended. */
export type StopReason = 'finished' | 'stopped' | 'aborted' | 'error';

/** What a callback may look at and do. */
export interface TrainingControl {
  readonly network: Network;
  readonly optimizer: Optimizer;
  /** Number of epochs that `fit` was asked for. */
  readonly epochs: number;
  /** Batches in an epoch; absent when the data do not say. */
  readonly batches: number | undefined;
  /** The epochs so far, with those of earlier fits where `fit` was given their `history`. */
  readonly history: EpochHistory;
  /** For each log of an epoch which way it is better. */
  readonly better: Readonly<Record<string, 'lower' | 'higher'>>;
  /** Ends training after this batch or epoch. */
  stop(): void;
}

/** Hooks into `fit`; each may return a promise, which is awaited. Epochs and batches count from 0. */
export interface Callback {
  onTrainBegin?(control: TrainingControl): void | Promise<void>;
  /** Called however training ended. */
  onTrainEnd?(control: TrainingControl, reason: StopReason): void | Promise<void>;
  onEpochBegin?(epoch: number, control: TrainingControl): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, control: TrainingControl): void | Promise<void>;
  /** Called after `onEpochEnd` of all callbacks: what they change, such as the learning rate, is as the next epoch finds it. */
  onEpochSettled?(epoch: number, logs: Logs, control: TrainingControl): void | Promise<void>;
  /**
   * Called once the loss of a batch is known; `logs` are those of the epoch so far. By then the next batch is on its way, so that the
   * weights hold its update too, and what is changed here counts from the batch after it on.
   */
  onBatchEnd?(batch: number, logs: Logs, control: TrainingControl): void | Promise<void>;
}
