import { DataError } from '@lstm/core';

/** The first predicted step of every window, by part of the series. */
export interface Plan {
  /** Steps of the training part: scalers and weights see nothing after them. */
  readonly trained: number;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

const shares = { train: 0.7, validation: 0.15 };

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(end - start, 0) }, (_, i) => start + i);
}

/**
 * Splits a series chronologically: 70 % training, 15 % validation, 15 % test. All that a window predicts lies in its part; what it
 * looks back on may reach into the part before.
 *
 * @throws DataError when a part is too short for a window
 */
export function planOf(time: number, window: number, horizon: number): Plan {
  // Differences lose one step, and every preparation is tried on the same windows.
  const reach = window + 1;
  const trained = Math.floor(time * shares.train);
  const validated = Math.floor(time * (shares.train + shares.validation));
  const plan = {
    trained,
    train: range(reach, trained - horizon + 1),
    validation: range(Math.max(trained, reach), validated - horizon + 1),
    test: range(Math.max(validated, reach), time - horizon + 1),
  };
  if (plan.train.length > 0 && plan.validation.length > 0 && plan.test.length > 0) return plan;
  const least = Math.ceil(Math.max((reach + horizon) / shares.train, (horizon + 1) / shares.validation));
  throw new DataError(
    'forecast',
    `the series has ${time} steps.`,
    `A window of ${window} and a horizon of ${horizon} take at least ${least}: 70 % are for training, 15 % each for validation and test.`,
    'Shorten --window or --horizon.',
  );
}
