import {
  type HostArray,
  hostArray,
  type Loss,
  meanSquaredError,
  randomBits,
  sparseCategoricalCrossentropy,
  uniform,
} from '@lstm/core';
import { accuracy, type Logs, type Metric } from '@lstm/train';

/** Samples of a problem. */
export interface Samples {
  /** `[samples, time, features]` */
  readonly x: HostArray;
  /** The answers, `[samples, 1]`. */
  readonly y: HostArray;
}

/** A question about a sequence that only one who remembers can answer. */
export interface Problem {
  readonly name: 'adding' | 'recall';
  readonly features: number;
  readonly outputs: number;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  /** Lengths that are measured. */
  readonly times: readonly number[];
  /** Training steps after which to give up; a multiple of `every`. */
  readonly limit: number;
  /** Training steps between two looks at other samples. */
  readonly every: number;
  /** Returns samples; another `step` gives others of the same seed. */
  samples(count: number, time: number, seed: number, step?: number): Samples;
  /** What it means to have solved it, from the logs of an epoch. */
  solved(logs: Logs): boolean;
}

/** Symbols that {@link recall} asks for, and as many others that only distract. */
const symbols = 8;

/** The adding problem (Hochreiter & Schmidhuber 1997): one number is marked in each half, their sum is asked for. */
export const adding: Problem = {
  name: 'adding',
  features: 2,
  outputs: 1,
  loss: meanSquaredError,
  metrics: [],
  times: [30, 100, 200],
  limit: 5000,
  every: 100,
  samples(count, time, seed, step = 0) {
    const width = time + 2;
    const half = Math.floor(time / 2);
    const draws = uniform(count * width, { seed, name: 'adding problem', step });
    const x = new Float32Array(count * time * 2);
    const y = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const numbers = draws.subarray(i * width, i * width + time);
      numbers.forEach((number, t) => {
        x[(i * time + t) * 2] = number;
      });
      const [first = 0, second = 0] = draws.subarray(i * width + time, (i + 1) * width);
      for (const marked of [Math.floor(first * half), half + Math.floor(second * (time - half))]) {
        x[(i * time + marked) * 2 + 1] = 1;
        y[i] = (y[i] as number) + (numbers[marked] as number);
      }
    }
    return { x: hostArray(x, [count, time, 2]), y: hostArray(y, [count, 1]) };
  },
  // Guessing the mean gives 1/6.
  solved: ({ valLoss = Number.NaN }) => valLoss < 0.01,
};

/** First-symbol recall: which of eight symbols came first? At every other step comes one of eight others. */
export const recall: Problem = {
  name: 'recall',
  features: 2 * symbols,
  outputs: symbols,
  loss: (logits, answers, options) => sparseCategoricalCrossentropy(logits, answers, { ...options, fromLogits: true }),
  metrics: [accuracy()],
  times: [20, 50, 100, 200],
  limit: 3000,
  every: 50,
  samples(count, time, seed, step = 0) {
    const draws = randomBits(count * time, { seed, name: 'first-symbol recall', step });
    const x = new Float32Array(count * time * 2 * symbols);
    const y = new Int32Array(count);
    draws.forEach((bits, place) => {
      const symbol = bits % symbols;
      const first = place % time === 0;
      x[place * 2 * symbols + symbol + (first ? 0 : symbols)] = 1;
      if (first) y[place / time] = symbol;
    });
    return { x: hostArray(x, [count, time, 2 * symbols]), y: hostArray(y, [count, 1]) };
  },
  // Guessing gives 1/8.
  solved: ({ valAccuracy = Number.NaN }) => valAccuracy >= 0.99,
};

/** Both problems. */
export const problems: readonly Problem[] = [adding, recall];
