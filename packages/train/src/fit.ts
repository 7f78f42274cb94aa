import type { HostArray } from '@lstm/core';
import type { Network } from '@lstm/layers';
import type { Optimizer } from '@lstm/optim';
import type { BatchSource } from './batches.ts';
import type { Callback, Logs, StopReason, TrainingControl } from './callbacks.ts';
import { EpochLogs, metricLog, type ReadPass, readPass } from './epoch-logs.ts';
import { type Flight, twoInFlight } from './flights.ts';
import { type History, HistoryRecorder } from './history.ts';
import type { Metric } from './metrics.ts';
import { expectFinite } from './non-finite.ts';
import { Pacer } from './pacer.ts';
import type { Samples } from './samples.ts';
import { backendOf, type Recipe, trainBatch, type UpdateResult } from './step.ts';
import { type StopSignal, untilAborted } from './stop-signal.ts';

/** Everything that `fit` was asked for, checked. */
export interface FitPlan {
  readonly epochs: number;
  readonly initialEpoch: number;
  readonly source: BatchSource;
  readonly validation: BatchSource | undefined;
  readonly callbacks: readonly Callback[];
  readonly signal: StopSignal | undefined;
  readonly metrics: readonly Metric[];
  recipeFor(outputs: number): Recipe;
  evaluate(source: AsyncIterable<Samples> | Iterable<Samples>): Promise<Logs>;
  /** Makes the parameters where that was not done before. */
  ready(inputs: readonly HostArray[]): void;
}

/** A training step that was queued and not yet read. */
interface Step extends Flight {
  readonly batch: Samples;
  readonly number: number;
  readonly update: UpdateResult;
  readonly read: Promise<ReadPass & { readonly norm: number }>;
}

class Run {
  readonly #plan: FitPlan;
  readonly #control: TrainingControl;
  readonly #network: Network;
  readonly #optimizer: Optimizer;
  readonly #pacer: Pacer = new Pacer();
  #stopping = false;
  /** Whether batches of the last epoch were left out. */
  #brokenOff = false;

  constructor(network: Network, optimizer: Optimizer, plan: FitPlan) {
    this.#network = network;
    this.#optimizer = optimizer;
    this.#plan = plan;
    const outputs = network.outputActivations.length;
    const better: Record<string, 'lower' | 'higher'> = { loss: 'lower' };
    for (const metric of plan.metrics) {
      for (let output = 0; output < outputs; output++) better[metricLog(metric, output, outputs)] = metric.better;
    }
    if (plan.validation !== undefined) {
      for (const [name, way] of Object.entries(better)) better[validationName(name)] = way;
    }
    const stop = (): void => {
      this.#stopping = true;
    };
    const { epochs, source } = plan;
    this.#control = { network, optimizer, epochs, batches: source.batches, better, stop };
  }

  async all(): Promise<History> {
    const history = new HistoryRecorder();
    const errors: unknown[] = [];
    let reason: StopReason = 'error';
    try {
      reason = await this.#train(history);
    } catch (error) {
      errors.push(error);
    }
    for (const callback of this.#plan.callbacks) {
      try {
        await callback.onTrainEnd?.(this.#control, reason);
      } catch (error) {
        errors.push(error);
      }
    }
    try {
      await this.#plan.source.close();
    } catch (error) {
      errors.push(error);
    }
    if (errors.length > 0) throw errors[0];
    return history.finish(reason);
  }

  async #train(history: HistoryRecorder): Promise<StopReason> {
    const { epochs, initialEpoch, validation, callbacks } = this.#plan;
    for (const callback of callbacks) await callback.onTrainBegin?.(this.#control);
    for (let epoch = initialEpoch; epoch < epochs && !this.#aborted; epoch++) {
      for (const callback of callbacks) await callback.onEpochBegin?.(epoch, this.#control);
      const trained = await this.#epoch(epoch);
      if (trained === undefined) return this.#aborted ? 'aborted' : 'stopped';
      const validated = validation === undefined ? {} : prefixed(await this.#validate(validation.epoch(epoch)));
      const logs = { ...trained, ...validated };
      history.add(epoch, logs);
      for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs, this.#control);
      if (this.#stopping && !this.#aborted) return 'stopped';
    }
    return this.#aborted ? 'aborted' : 'finished';
  }

  /** Evaluates other sequences than those that stateful layers are in the middle of. */
  async #validate(batches: AsyncIterable<Samples> | Iterable<Samples>): Promise<Logs> {
    const restore = this.#network.holdStates();
    try {
      return await this.#plan.evaluate(batches);
    } finally {
      restore();
    }
  }

  get #aborted(): boolean {
    return this.#plan.signal?.aborted === true;
  }

  /** Trains one epoch; `undefined` when it was broken off. */
  async #epoch(epoch: number): Promise<Logs | undefined> {
    let logs: EpochLogs | undefined;
    let landed = 0;
    const land = async ({ batch, number, update, read }: Step): Promise<void> => {
      const pass = await read;
      await expectFinite('fit', batch, update, { step: number, ...pass });
      logs ??= new EpochLogs(this.#plan.recipeFor(batch.targets.length), this.#plan.metrics);
      logs.add(pass, batch);
      for (const callback of this.#plan.callbacks) await callback.onBatchEnd?.(landed, logs.logs(), this.#control);
      landed += 1;
      await this.#pacer.breathe(backendOf(this.#network));
    };
    await twoInFlight(this.#batches(epoch), (batch) => this.#launch(batch), land);
    return this.#aborted || this.#brokenOff ? undefined : logs?.logs();
  }

  /** The batches of an epoch until training is to end. */
  async *#batches(epoch: number): AsyncIterable<Samples> {
    for await (const batch of untilAborted(this.#plan.source.epoch(epoch), this.#plan.signal)) {
      this.#brokenOff = this.#aborted || this.#stopping;
      if (this.#brokenOff) return;
      yield batch;
    }
  }

  #launch(batch: Samples): Step {
    this.#plan.ready(batch.inputs);
    const number = this.#optimizer.iterations;
    const { pass, update, dispose } = trainBatch(this.#plan.recipeFor(batch.targets.length), batch);
    const both = Promise.all([readPass(pass, this.#plan.metrics.length > 0), update.norm.item()]);
    const read = both.then(([values, norm]) => ({ ...values, norm }));
    return { batch, number, update, read, drop: dispose };
  }
}

/** Returns `valLoss` for `loss`. */
function validationName(name: string): string {
  return `val${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function prefixed(logs: Logs): Record<string, number> {
  return Object.fromEntries(Object.entries(logs).map(([name, value]) => [validationName(name), value]));
}

/** Runs the plan. Callbacks hear of the end however it comes. */
export async function runFit(network: Network, optimizer: Optimizer, plan: FitPlan): Promise<History> {
  return new Run(network, optimizer, plan).all();
}
