import { OptionError } from '@lstm/core';
import type { Logs, StopReason, TrainingControl } from './callbacks.ts';
import { EpochLogs, type ReadPass, readPass } from './epoch-logs.ts';
import { evaluateAll } from './evaluate.ts';
import type { FitPlan } from './fit-plan.ts';
import { type Flight, twoInFlight } from './flights.ts';
import { type History, HistoryRecorder } from './history.ts';
import { logName, withPrefix } from './log-names.ts';
import { expectFinite } from './non-finite.ts';
import { breathe } from './pacer.ts';
import { recipeFor, type Training } from './recipe.ts';
import type { Samples } from './samples.ts';
import { backendOf, buildFor, trainBatch, type UpdateResult } from './step.ts';
import { untilAborted } from './stop-signal.ts';

/** A training step that was queued and not yet read. */
interface Step extends Flight {
  readonly batch: Samples;
  readonly number: number;
  readonly update: UpdateResult;
  readonly read: Promise<ReadPass & { readonly norm: number }>;
}

class Run {
  readonly #training: Training;
  readonly #plan: FitPlan;
  readonly #control: TrainingControl;
  readonly #history: HistoryRecorder;
  #stopping = false;
  /** Whether batches of the last epoch were left out. */
  #brokenOff = false;

  constructor(training: Training, plan: FitPlan) {
    this.#training = training;
    this.#plan = plan;
    this.#history = new HistoryRecorder(plan.history);
    const { network, optimizer } = training;
    const outputs = network.outputActivations.length;
    const better: Record<string, 'lower' | 'higher'> = { loss: 'lower' };
    recipeFor(training, outputs).metrics.forEach((metrics, output) => {
      const nameOf = (name: string): string => logName(name, output, outputs, network);
      better[nameOf('loss')] = 'lower';
      for (const metric of metrics) better[nameOf(metric.name)] = metric.better;
    });
    if (plan.validation !== undefined) {
      for (const [name, way] of Object.entries(better)) better[withPrefix('val', name)] = way;
    }
    const stop = (): void => {
      this.#stopping = true;
    };
    const { epochs, source } = plan;
    this.#control = { network, optimizer, epochs, batches: source.batches, history: this.#history, better, stop };
  }

  async all(): Promise<History> {
    const errors: unknown[] = [];
    let reason: StopReason = 'error';
    try {
      reason = await this.#train();
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
    return this.#history.finish(reason);
  }

  async #train(): Promise<StopReason> {
    const { epochs, initialEpoch, validation, callbacks } = this.#plan;
    for (const callback of callbacks) await callback.onTrainBegin?.(this.#control);
    for (let epoch = initialEpoch; epoch < epochs && !this.#aborted && !this.#stopping; epoch++) {
      for (const callback of callbacks) await callback.onEpochBegin?.(epoch, this.#control);
      const trained = await this.#epoch(epoch);
      if (trained === undefined) return this.#aborted ? 'aborted' : 'stopped';
      const validated = validation === undefined ? {} : prefixed(await this.#validate(validation.epoch(epoch)));
      if (this.#aborted) return 'aborted';
      const logs = { ...trained, ...validated };
      this.#history.add(epoch, logs);
      for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs, this.#control);
      for (const callback of callbacks) await callback.onEpochSettled?.(epoch, logs, this.#control);
    }
    return this.#aborted ? 'aborted' : this.#stopping ? 'stopped' : 'finished';
  }

  /** Evaluates other sequences than those that stateful layers are in the middle of; what an abort leaves of it is of no use. */
  async #validate(batches: AsyncIterable<Samples> | Iterable<Samples>): Promise<Logs> {
    const restore = this.#training.network.holdStates();
    try {
      return await evaluateAll('fit', this.#training, untilAborted(batches, this.#plan.signal));
    } finally {
      restore();
    }
  }

  get #aborted(): boolean {
    return this.#plan.signal?.aborted === true;
  }

  /** Trains one epoch; `undefined` when it was broken off. */
  async #epoch(epoch: number): Promise<Logs | undefined> {
    const { network } = this.#training;
    let logs: EpochLogs | undefined;
    const skipped = this.#skippedIn(epoch);
    let landed = skipped;
    const land = async ({ batch, number, update, read }: Step): Promise<void> => {
      const pass = await read;
      await expectFinite('fit', batch, update, { step: number, ...pass });
      logs ??= new EpochLogs(recipeFor(this.#training, batch.targets.length));
      logs.add(pass, batch);
      for (const callback of this.#plan.callbacks) await callback.onBatchEnd?.(landed, logs.logs(), this.#control);
      landed += 1;
      await breathe(backendOf(network));
    };
    await twoInFlight(this.#batches(epoch), (batch) => this.#launch(batch), land);
    if (landed === skipped && !this.#brokenOff && !this.#aborted) throw noBatchLeft(skipped);
    return this.#aborted || this.#brokenOff ? undefined : logs?.logs();
  }

  /** How many batches of an epoch were trained before. */
  #skippedIn(epoch: number): number {
    const { initialEpoch, initialBatch } = this.#plan;
    return epoch === initialEpoch ? initialBatch : 0;
  }

  /** The batches of an epoch until training is to end. */
  async *#batches(epoch: number): AsyncIterable<Samples> {
    let skip = this.#skippedIn(epoch);
    for await (const batch of untilAborted(this.#plan.source.epoch(epoch), this.#plan.signal)) {
      this.#brokenOff = this.#aborted || this.#stopping;
      if (this.#brokenOff) return;
      if (skip > 0) skip -= 1;
      else yield batch;
    }
  }

  #launch(batch: Samples): Step {
    const { network, optimizer } = this.#training;
    buildFor(network, batch);
    const number = optimizer.iterations;
    const recipe = recipeFor(this.#training, batch.targets.length);
    const { pass, update, dispose } = trainBatch('fit', recipe, batch);
    const both = Promise.all([readPass(pass, recipe), update.norm.item()]);
    const read = both.then(([values, norm]) => ({ ...values, norm }));
    return { batch, number, update, read, drop: dispose };
  }
}

function noBatchLeft(skipped: number): OptionError {
  return new OptionError(
    'fit',
    `initialBatch is ${skipped}, and no batch is left.`,
    'It is below the number of batches in an epoch.',
    'When the epoch was finished, give the next one as initialEpoch.',
  );
}

function prefixed(logs: Logs): Record<string, number> {
  return Object.fromEntries(Object.entries(logs).map(([name, value]) => [withPrefix('val', name), value]));
}

/** Runs the plan. Callbacks hear of the end however it comes. */
export async function runFit(training: Training, plan: FitPlan): Promise<History> {
  return new Run(training, plan).all();
}
