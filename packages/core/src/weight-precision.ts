import { checkChoice } from './options.ts';
import { refusePromise } from './scope.ts';
import { withRecording } from './tape.ts';

/** How weights are stored for inference; arithmetic is float32 with either. */
export type WeightPrecision = 'float32' | 'bfloat16';

/** Every {@link WeightPrecision}. */
export const weightPrecisions: readonly WeightPrecision[] = ['float32', 'bfloat16'];

let current: WeightPrecision = 'float32';

/** @internal What `Parameter.weight` gives now. */
export function weightPrecision(): WeightPrecision {
  return current;
}

/**
 * Returns what `body` returns, computed without recording and with weights of the given precision: inside, `parameter.weight` is
 * rounded. What `predict` with `weightPrecision` does for every batch.
 *
 * @throws {@link OptionError} for an unknown precision, ScopeError when `body` returns a promise
 *
 * @example
 * ```ts
 * import { hostArray, Parameter, useBackend, withWeightPrecision } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const slope = new Parameter({ name: 'slope', shape: [1], initialize: () => hostArray([3.14159]) });
 * const rounded = withWeightPrecision('bfloat16', () => slope.weight);
 * console.log(await rounded.array(), await slope.weight.array()); // => [ 3.140625 ] [ 3.141590118408203 ]
 * ```
 */
export function withWeightPrecision<T>(precision: WeightPrecision, body: () => T): T {
  checkChoice('withWeightPrecision', 'precision', precision, weightPrecisions);
  const outer = current;
  current = precision;
  try {
    return refusePromise('withWeightPrecision', withRecording(false, body));
  } finally {
    current = outer;
  }
}
