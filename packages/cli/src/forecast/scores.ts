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
  /** Mean absolute error by step of the horizon `[horizon]`. */
  readonly maeByStep: readonly number[];
}

/** Values of the target with what errors are measured by. */
export interface Scale {
  /** `[time]` */
  readonly target: Float64Array;
  /** Steps of the training part. */
  readonly trained: number;
  /** Steps in a cycle; 1 without one. */
  readonly season: number;
}

/** Returns the mean absolute difference over a season within the training part. */
function naiveError({ target, trained, season }: Scale): number {
  let total = 0;
  for (let step = season; step < trained; step++)
    total += Math.abs((target[step] as number) - (target[step - season] as number));
  return total / Math.max(trained - season, 1);
}

/**
 * Returns the errors of predictions `[windows, horizon]`.
 *
 * @param firsts - the first predicted step of each window
 */
export function scoreOf(predictions: HostArray, firsts: readonly number[], scale: Scale): Score {
  const horizon = predictions.shape[1] as number;
  const byStep = new Float64Array(horizon);
  let squares = 0;
  for (const [i, first] of firsts.entries()) {
    for (let step = 0; step < horizon; step++) {
      const error = (predictions.data[i * horizon + step] as number) - (scale.target[first + step] as number);
      byStep[step] = (byStep[step] as number) + Math.abs(error);
      squares += error * error;
    }
  }
  const mae = byStep.reduce((a, b) => a + b, 0) / (firsts.length * horizon);
  return {
    mae,
    rmse: Math.sqrt(squares / (firsts.length * horizon)),
    mase: mae / naiveError(scale),
    maeByStep: [...byStep].map((total) => total / firsts.length),
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
