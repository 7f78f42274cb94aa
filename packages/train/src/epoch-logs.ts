import { type HostArray, hostArray, type Tensor } from '@lstm/core';
import type { Logs } from './callbacks.ts';
import type { Metric, MetricState } from './metrics.ts';
import type { Recipe } from './recipe.ts';
import { type Samples, weightsOf } from './samples.ts';
import type { PassResult } from './step.ts';

/** What is on the host of a pass. */
export interface ReadPass {
  readonly loss: number;
  readonly outputs: readonly HostArray[];
  readonly masks: readonly (HostArray | undefined)[];
}

async function read(x: Tensor): Promise<HostArray> {
  return hostArray(await x.data(), x.shape);
}

/** Reads a pass and disposes its tensors; outputs only where a metric wants them. */
export async function readPass({ loss, outputs, masks }: PassResult, withOutputs: boolean): Promise<ReadPass> {
  try {
    const value = loss.item();
    if (!withOutputs) return { loss: await value, outputs: [], masks: [] };
    const [lossValue, outputValues, maskValues] = await Promise.all([
      value,
      Promise.all(outputs.map(read)),
      Promise.all(masks.map((mask) => mask && read(mask))),
    ]);
    return { loss: lossValue, outputs: outputValues, masks: maskValues };
  } finally {
    for (const tensor of [loss, ...outputs, ...masks]) tensor?.dispose();
  }
}

/** Returns the name of a metric's log. */
export function metricLog({ name }: Metric, output: number, outputs: number): string {
  return outputs > 1 ? `${name}_${output}` : name;
}

/** The running loss and metrics of an epoch. */
export class EpochLogs {
  readonly #recipe: Recipe;
  readonly #metrics: readonly Metric[];
  readonly #states: readonly (readonly MetricState[])[];
  #loss = 0;
  #samples = 0;

  constructor(recipe: Recipe, metrics: readonly Metric[]) {
    this.#recipe = recipe;
    this.#metrics = metrics;
    this.#states = recipe.losses.map(() => metrics.map((metric) => metric.start()));
  }

  add({ loss, outputs, masks }: ReadPass, { targets, weights, count }: Samples): void {
    this.#loss += loss * count;
    this.#samples += count;
    outputs.forEach((prediction, i) => {
      const activation = this.#recipe.network.outputActivations[i];
      const target = targets[i] as HostArray;
      for (const state of this.#states[i] ?? []) {
        state.add({ prediction, target, mask: masks[i], weights: weightsOf(weights, i), activation });
      }
    });
  }

  /** `loss` and the metrics; with several outputs numbered `accuracy_0`, `accuracy_1`. */
  logs(): Logs {
    const logs: { loss: number; [name: string]: number } = {
      loss: this.#samples === 0 ? 0 : this.#loss / this.#samples,
    };
    this.#states.forEach((states, output) => {
      states.forEach((state, i) => {
        logs[metricLog(this.#metrics[i] as Metric, output, this.#states.length)] = state.value();
      });
    });
    return logs;
  }
}
