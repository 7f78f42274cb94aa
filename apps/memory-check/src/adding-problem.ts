import { type HostArray, hostArray, meanSquaredError, uniform } from '@lstm/core';
import { dense, type Layer, sequential } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { type Callback, createTrainer } from '@lstm/train';

/** Samples of the adding problem. */
export interface Samples {
  /** `[samples, time, 2]`: a number in [0, 1), and 1 where it is marked */
  readonly x: HostArray;
  /** `[samples, 1]`: the sum of the two marked numbers */
  readonly y: HostArray;
}

/** Mean squared error below which the problem counts as solved; guessing the mean gives 1/6. */
const solvedBelow = 0.01;

/**
 * Returns samples of the adding problem (Hochreiter & Schmidhuber 1997): one number is marked in each half, their sum is asked for.
 *
 * @param step - another one gives other samples of the same seed
 */
export function addingProblem(samples: number, time: number, seed: number, step = 0): Samples {
  const width = time + 2;
  const half = Math.floor(time / 2);
  const draws = uniform(samples * width, { seed, name: 'adding problem', step });
  const x = new Float32Array(samples * time * 2);
  const y = new Float32Array(samples);
  for (let i = 0; i < samples; i++) {
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
  return { x: hostArray(x, [samples, time, 2]), y: hostArray(y, [samples, 1]) };
}

/** A run of {@link stepsToSolve}. */
export interface SolveOptions {
  readonly time: number;
  readonly seed: number;
  readonly learningRate: number;
  /** Steps of 32 samples after which to give up; a multiple of 100. */
  readonly limit: number;
}

/**
 * Trains a network of one recurrent layer and a dense one on batches that never repeat, and looks at 500 other samples every 100 steps.
 *
 * @returns the steps until the problem was solved, `undefined` when it was not
 */
export async function stepsToSolve(
  recurrent: Layer,
  { time, seed, learningRate, limit }: SolveOptions,
): Promise<number | undefined> {
  const network = sequential([recurrent, dense({ units: 1 })], { seed });
  const trainer = createTrainer(network, { optimizer: adam({ learningRate, clipNorm: 1 }), loss: meanSquaredError });
  const batches = {
    *[Symbol.iterator]() {
      for (let step = 0; ; step++) yield addingProblem(32, time, seed, step);
    },
  };
  const untilSolved: Callback = {
    onEpochEnd(_, { valLoss = Number.NaN }, control) {
      if (valLoss < solvedBelow) control.stop();
    },
  };
  const held = addingProblem(500, time, 1_000_000);
  const { history, epochs } = await trainer.fit(batches, {
    epochs: limit / 100,
    stepsPerEpoch: 100,
    validationData: [held.x, held.y],
    callbacks: [untilSolved],
  });
  network.dispose();
  trainer.optimizer.dispose();
  return (history.valLoss?.at(-1) ?? Number.NaN) < solvedBelow ? epochs.length * 100 : undefined;
}
