import { describeValue, type HostArray, OptionError } from '@lstm/core';
import type { Logs } from './callbacks.ts';
import { logName } from './log-names.ts';
import type { Metric, MetricState } from './metrics.ts';
import type { Recipe } from './recipe.ts';
import { onHost, type Samples, weightsOf } from './samples.ts';
import type { PassResult } from './step.ts';

/** What is on the host of a pass. */
export interface ReadPass {
  readonly loss: number;
  readonly losses: readonly number[];
  /** `undefined` where no metric wants the output. */
  readonly outputs: readonly (HostArray | undefined)[];
  readonly masks: readonly (HostArray | undefined)[];
}

/** Reads a pass and disposes its tensors; outputs only where a metric wants them. */
export async function readPass({ loss, losses, outputs, masks }: PassResult, { metrics }: Recipe): Promise<ReadPass> {
  const wanted = <Each>(tensors: readonly Each[]) => tensors.map((x, i) => (metrics[i]?.length ? x : undefined));
  try {
    const [lossValue, lossValues, outputValues, maskValues] = await Promise.all([
      loss.item(),
      Promise.all(losses.map((each) => each.item())),
      Promise.all(wanted(outputs).map((output) => output && onHost(output))),
      Promise.all(wanted(masks).map((mask) => mask && onHost(mask))),
    ]);
    return { loss: lossValue, losses: lossValues, outputs: outputValues, masks: maskValues };
  } finally {
    for (const tensor of [loss, ...losses, ...outputs, ...masks]) tensor?.dispose();
  }
}

/** A metric and what it has seen of an epoch. */
interface RunningMetric {
  readonly metric: Metric;
  readonly state: MetricState;
}

/** The running loss and metrics of an epoch. */
export class EpochLogs {
  readonly #recipe: Recipe;
  readonly #metrics: readonly (readonly RunningMetric[])[];
  #loss = 0;
  readonly #losses: number[];
  #samples = 0;

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
    this.#losses = recipe.losses.map(() => 0);
    this.#metrics = recipe.metrics.map((metrics) => metrics.map((metric) => ({ metric, state: metric.start() })));
  }

  add({ loss, losses, outputs, masks }: ReadPass, { targets, weights, count }: Samples): void {
    this.#loss += loss * count;
    losses.forEach((each, i) => {
      this.#losses[i] = (this.#losses[i] as number) + each * count;
    });
    this.#samples += count;
    outputs.forEach((prediction, i) => {
      if (prediction === undefined) return;
      const activation = this.#recipe.network.outputActivations[i];
      const target = targets[i] as HostArray;
      for (const { metric, state } of this.#metrics[i] ?? []) {
        const factors = metric.weighted === true ? weightsOf(weights, i) : undefined;
        state.add({ prediction, target, mask: masks[i], weights: factors, activation });
      }
    });
  }

  /** `loss` and the metrics; with several outputs the loss of each too, named by {@link logName}: `loss_0`, `accuracy_0`, `loss_1`. */
  logs(): Logs {
    const { network } = this.#recipe;
    const outputs = this.#metrics.length;
    const count = Math.max(1, this.#samples);
    const logs: { loss: number; [name: string]: number } = { loss: this.#loss / count };
    this.#metrics.forEach((metrics, output) => {
      const log = (name: string, value: number): void => {
        if (typeof value !== 'number') throw noNumber(name, value);
        logs[logName(name, output, outputs, network)] = value;
      };
      if (outputs > 1) log('loss', (this.#losses[output] as number) / count);
      for (const { metric, state } of metrics) log(metric.name, state.value());
    });
    return logs;
  }
}

function noNumber(name: string, value: unknown): OptionError {
  const fact = `metric ${name} gave ${describeValue(value)}.`;
  return new OptionError(
    'createTrainer',
    fact,
    'value() of a metric returns a number.',
    'Return NaN where there is none.',
  );
}
