import { checkOptions, checkRange, DataError, formatShape, type HostArray, sameShape } from '@lstm/core';

/** What a metric sees of a batch. */
export interface MetricBatch {
  readonly prediction: HostArray;
  readonly target: HostArray;
  /** 0/1 `[batch]` or `[batch, time]`: where it is 0 the prediction does not count. */
  readonly mask: HostArray | undefined;
  /** How much a prediction counts, `[batch]` or `[batch, time]`; only for a metric that is `weighted`. */
  readonly weights: HostArray | undefined;
  /** Name of the activation that made the prediction, where it is known. */
  readonly activation: string | undefined;
}

/** A metric while an epoch runs. */
export interface MetricState {
  add(batch: MetricBatch): void;
  value(): number;
}

/** A number that says how good predictions are. Write one of your own: a name and `start`. */
export interface Metric {
  readonly name: string;
  /** Which way is better; for callbacks that watch it. */
  readonly better: 'lower' | 'higher';
  /** Whether it counts predictions by their `sampleWeight`. Default false. */
  readonly weighted?: boolean;
  start(): MetricState;
}

/** One list for all outputs of a network, or a list for each output. */
export type PerOutput<Each> = readonly Each[] | readonly (readonly Each[])[];

/** Options of metrics of yes and no. */
export interface ThresholdOptions {
  /** A prediction above it is a yes. Default 0.5, for probabilities; for logits give 0. */
  readonly threshold?: number;
}

function thresholdOf(name: string, options: ThresholdOptions): number {
  checkOptions(name, options, ['threshold']);
  const { threshold = 0.5 } = options;
  checkRange(name, 'threshold', threshold, Number.MIN_SAFE_INTEGER);
  return threshold;
}

/** Length of the rows of a prediction and how much a row counts. */
interface Rows {
  readonly count: number;
  readonly width: number;
  weight(row: number): number;
}

function rowsOf({ prediction, mask, weights }: MetricBatch): Rows {
  // A mask of the prediction's own shape says that the last axis is time.
  const steps = mask !== undefined && sameShape(mask.shape, prediction.shape);
  const width = prediction.shape.length > 1 && !steps ? (prediction.shape.at(-1) as number) : 1;
  const count = width === 0 ? 0 : prediction.data.length / width;
  const entry = (factor: HostArray | undefined, row: number): number =>
    factor === undefined ? 1 : (factor.data[Math.floor((row * factor.data.length) / count)] as number);
  return { count, width, weight: (row) => (entry(mask, row) === 0 ? 0 : entry(weights, row)) };
}

function checkSameSize(name: string, { prediction, target }: MetricBatch): void {
  if (prediction.data.length === target.data.length) return;
  throw new DataError(
    name,
    `prediction is ${formatShape(prediction.shape)}, target is ${formatShape(target.shape)}.`,
    'The metric compares element by element.',
    'Check the target, or use another metric.',
  );
}

/** A weighted mean over the elements that count, of `add(prediction, target)`. */
function elementMean(
  name: string,
  better: Metric['better'],
  add: (prediction: number, target: number) => number,
  finish: (mean: number) => number = (mean) => mean,
): Metric {
  return {
    name,
    better,
    start() {
      let [total, elements] = [0, 0];
      return {
        add(batch) {
          checkSameSize(name, batch);
          const { count, width, weight } = rowsOf(batch);
          for (let row = 0; row < count; row++) {
            const factor = weight(row);
            if (factor === 0) continue;
            for (let i = row * width; i < (row + 1) * width; i++) {
              total += factor * add(batch.prediction.data[i] as number, batch.target.data[i] as number);
            }
            elements += factor * width;
          }
        },
        value: () => finish(elements === 0 ? 0 : total / elements),
      };
    },
  };
}

/**
 * Returns the mean absolute error.
 *
 * @example
 * ```ts
 * import { hostArray } from '@lstm/core';
 * import { mae } from '@lstm/train';
 *
 * const state = mae().start();
 * const [prediction, target] = [hostArray([[1], [2]]), hostArray([[1], [4]])];
 * state.add({ prediction, target, mask: undefined, weights: undefined, activation: undefined });
 * console.log(state.value()); // => 1
 * ```
 */
export function mae(): Metric {
  return elementMean('mae', 'lower', (prediction, target) => Math.abs(prediction - target));
}

/**
 * Returns the mean squared error.
 *
 * @example
 * ```ts
 * import { hostArray } from '@lstm/core';
 * import { mse } from '@lstm/train';
 *
 * const state = mse().start();
 * const [prediction, target] = [hostArray([[1], [2]]), hostArray([[1], [4]])];
 * state.add({ prediction, target, mask: undefined, weights: undefined, activation: undefined });
 * console.log(state.value()); // => 2
 * ```
 */
export function mse(): Metric {
  return elementMean('mse', 'lower', (prediction, target) => (prediction - target) ** 2);
}

/**
 * Returns the root of the mean squared error, in the unit of the target.
 *
 * @example
 * ```ts
 * import { hostArray } from '@lstm/core';
 * import { rmse } from '@lstm/train';
 *
 * const state = rmse().start();
 * const [prediction, target] = [hostArray([[1], [5]]), hostArray([[1], [1]])];
 * state.add({ prediction, target, mask: undefined, weights: undefined, activation: undefined });
 * console.log(state.value()); // => 2.8284271247461903
 * ```
 */
export function rmse(): Metric {
  return elementMean('rmse', 'lower', (prediction, target) => (prediction - target) ** 2, Math.sqrt);
}

function largest(data: ArrayLike<number>, start: number, width: number): number {
  let best = 0;
  for (let i = 1; i < width; i++) if ((data[start + i] as number) > (data[start + best] as number)) best = i;
  return best;
}

/**
 * Returns the share of right predictions. What is right follows from the shapes: one number per sample (or a sigmoid) is right when
 * it is on the target's side of 0.5; classes are right when the largest is the target's, which is one-hot or a class number. With a
 * `threshold` every number of a prediction is a yes or no.
 *
 * @throws OptionError when an option is unknown or the threshold is no number
 *
 * @example
 * ```ts
 * import { hostArray } from '@lstm/core';
 * import { accuracy } from '@lstm/train';
 *
 * const state = accuracy().start();
 * const [prediction, target] = [hostArray([[0.9], [0.2]]), hostArray([[1], [1]])];
 * state.add({ prediction, target, mask: undefined, weights: undefined, activation: undefined });
 * console.log(state.value()); // => 0.5
 * ```
 */
export function accuracy(options: ThresholdOptions = {}): Metric {
  const threshold = thresholdOf('accuracy', options);
  return {
    name: 'accuracy',
    better: 'higher',
    start() {
      let [right, all] = [0, 0];
      return {
        add(batch) {
          const { prediction, target, activation } = batch;
          const { count, width, weight } = rowsOf(batch);
          const yesOrNo = options.threshold !== undefined;
          const sparse = width > 1 && target.data.length === count && !yesOrNo;
          if (!sparse) checkSameSize('accuracy', batch);
          const binary = width === 1 || yesOrNo || (!sparse && activation === 'sigmoid');
          for (let row = 0; row < count; row++) {
            const factor = weight(row);
            if (factor === 0) continue;
            const start = row * width;
            if (binary) {
              for (let i = start; i < start + width; i++) {
                if ((prediction.data[i] as number) > threshold === (target.data[i] as number) > 0.5) right += factor;
              }
              all += factor * width;
              continue;
            }
            const wanted = sparse ? target.data[row] : largest(target.data, start, width);
            if (largest(prediction.data, start, width) === wanted) right += factor;
            all += factor;
          }
        },
        value: () => (all === 0 ? 0 : right / all),
      };
    },
  };
}

function positives(
  name: string,
  options: ThresholdOptions,
  share: (truePositives: number, predicted: number, actual: number) => number,
): Metric {
  const threshold = thresholdOf(name, options);
  return {
    name,
    better: 'higher',
    start() {
      let [both, predicted, actual] = [0, 0, 0];
      return {
        add(batch) {
          checkSameSize(name, batch);
          const { count, width, weight } = rowsOf(batch);
          for (let row = 0; row < count; row++) {
            const factor = weight(row);
            if (factor === 0) continue;
            for (let i = row * width; i < (row + 1) * width; i++) {
              const yes = (batch.prediction.data[i] as number) > threshold;
              const truth = (batch.target.data[i] as number) > 0.5;
              if (yes) predicted += factor;
              if (truth) actual += factor;
              if (yes && truth) both += factor;
            }
          }
        },
        value: () => share(both, predicted, actual),
      };
    },
  };
}

/**
 * Returns the share of predicted positives (above the threshold) that are positive; 0 when there are none.
 *
 * @throws OptionError when an option is unknown or the threshold is no number
 *
 * @example
 * ```ts
 * import { hostArray } from '@lstm/core';
 * import { precision } from '@lstm/train';
 *
 * const state = precision().start();
 * const [prediction, target] = [hostArray([[0.9], [0.8]]), hostArray([[1], [0]])];
 * state.add({ prediction, target, mask: undefined, weights: undefined, activation: undefined });
 * console.log(state.value()); // => 0.5
 * ```
 */
export function precision(options: ThresholdOptions = {}): Metric {
  return positives('precision', options, (both, predicted) => (predicted === 0 ? 0 : both / predicted));
}

/**
 * Returns the share of positives that are predicted (above the threshold); 0 when there are none.
 *
 * @throws OptionError when an option is unknown or the threshold is no number
 *
 * @example
 * ```ts
 * import { hostArray } from '@lstm/core';
 * import { recall } from '@lstm/train';
 *
 * const state = recall().start();
 * const [prediction, target] = [hostArray([[0.9], [0.2]]), hostArray([[1], [1]])];
 * state.add({ prediction, target, mask: undefined, weights: undefined, activation: undefined });
 * console.log(state.value()); // => 0.5
 * ```
 */
export function recall(options: ThresholdOptions = {}): Metric {
  return positives('recall', options, (both, _, actual) => (actual === 0 ? 0 : both / actual));
}

/**
 * Returns F1, the harmonic mean of {@link precision} and {@link recall}: `2·TP / (predicted + actual positives)`, in `[0, 1]`; 0 when
 * there are no positives (van Rijsbergen 1979, "Information Retrieval").
 *
 * @throws OptionError when an option is unknown or the threshold is no number
 *
 * @example
 * ```ts
 * import { hostArray } from '@lstm/core';
 * import { f1 } from '@lstm/train';
 *
 * const state = f1().start();
 * const [prediction, target] = [hostArray([[0.9], [0.8], [0.2]]), hostArray([[1], [0], [0]])];
 * state.add({ prediction, target, mask: undefined, weights: undefined, activation: undefined });
 * console.log(state.value()); // => 0.6666666666666666
 * ```
 */
export function f1(options: ThresholdOptions = {}): Metric {
  return positives('f1', options, (both, predicted, actual) => (both === 0 ? 0 : (2 * both) / (predicted + actual)));
}
