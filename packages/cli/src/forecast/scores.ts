import type { HostArray } from '@lstm/core';

/** Errors of predictions in original units. */
export interface Score {
  /** Mean absolute error. */
  readonly mae: number;
  /** Root of the mean squared error. */
  readonly rmse: number;
  /**
   * Mean absolute error over that of seasonal-naive steps in the training part (Hyndman & Koehler 2006, "Another look at measures
   * of forecast accuracy"); below 1 is better than those.
   */
  readonly mase: number;
  /** Mean absolute error by step of the horizon `[horizon]`, NaN where no value was known. */
  readonly maeByStep: readonly number[];
}

/** Values of the target with what errors are measured by. */
export interface Scale {
  /** `[time]` */
  readonly target: Float64Array;
  /** Steps whose target was filled, `[time]`: they are not scored. */
  readonly guessed: readonly boolean[];
  /** Steps of the training part. */
  readonly trained: number;
  /** Steps in a cycle; 1 without one. */
  readonly season: number;
}

/** Returns the mean absolute difference over a season within the training part. */
function naiveError({ target, guessed, trained, season }: Scale): number {
  let total = 0;
  let count = 0;
  for (let step = season; step < trained; step++) {
    if (guessed[step] || guessed[step - season]) continue;
    total += Math.abs((target[step] as number) - (target[step - season] as number));
    count++;
  }
  return total / Math.max(count, 1);
}

/**
 * Returns the errors of predictions `[windows, horizon]`, where the target was not filled.
 *
 * @param firsts - the first predicted step of each window
 */
export function scoreOf(predictions: HostArray, firsts: readonly number[], scale: Scale): Score {
  const horizon = predictions.shape[1] as number;
  const byStep = new Float64Array(horizon);
  const counts = new Float64Array(horizon);
  let squares = 0;
  for (const [i, first] of firsts.entries()) {
    for (let step = 0; step < horizon; step++) {
      if (scale.guessed[first + step]) continue;
      const error = (predictions.data[i * horizon + step] as number) - (scale.target[first + step] as number);
      byStep[step] = (byStep[step] as number) + Math.abs(error);
      counts[step] = (counts[step] as number) + 1;
      squares += error * error;
    }
  }
  const sum = (a: number, b: number): number => a + b;
  const count = counts.reduce(sum, 0);
  const mae = byStep.reduce(sum, 0) / count;
  return {
    mae,
    rmse: Math.sqrt(squares / count),
    mase: mae / naiveError(scale),
    maeByStep: [...byStep].map((total, step) => total / (counts[step] as number)),
  };
}

function predictionsOf(
  target: Float64Array,
  firsts: readonly number[],
  horizon: number,
  source: (first: number, step: number) => number,
): HostArray<Float64Array> {
  const data = new Float64Array(firsts.length * horizon);
  for (const [i, first] of firsts.entries()) {
    for (let step = 0; step < horizon; step++) data[i * horizon + step] = target[source(first, step)] as number;
  }
  return { data, shape: [firsts.length, horizon] };
}

/** Returns the forecasts that repeat the last value before each window's horizon. */
export function lastValue(target: Float64Array, firsts: readonly number[], horizon: number): HostArray<Float64Array> {
  return predictionsOf(target, firsts, horizon, (first) => first - 1);
}

/** Returns the forecasts that repeat the last whole season before each window's horizon. */
export function seasonalNaive(
  target: Float64Array,
  firsts: readonly number[],
  horizon: number,
  season: number,
): HostArray<Float64Array> {
  return predictionsOf(target, firsts, horizon, (first, step) => first - season + (step % season));
}
