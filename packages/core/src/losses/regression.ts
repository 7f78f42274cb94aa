import { abs } from '../ops/abs.ts';
import { lessEqual } from '../ops/less-equal.ts';
import { mul } from '../ops/mul.ts';
import { square } from '../ops/square.ts';
import { sub } from '../ops/sub.ts';
import { where } from '../ops/where.ts';
import { checkRange } from '../options.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { alignedTarget, checkLoss, type LossOptions, weightedMeanOfFeatures, withoutPadding } from './reduce.ts';

function regression(
  name: string,
  prediction: Tensor,
  target: Tensor,
  options: LossOptions,
  value: (error: Tensor) => Tensor,
): Tensor {
  return tidy(() => {
    const aligned = alignedTarget(name, prediction, target);
    const values = value(sub(...withoutPadding(name, prediction, aligned, options.mask)));
    return weightedMeanOfFeatures(name, values, options);
  });
}

/**
 * Returns the mean squared error: per sample (or step) the mean over the features of `(prediction − target)²`, then the mean.
 *
 * @param prediction - `[…, features]`
 * @param target - of the same shape; a last axis of length 1 may be left out
 * @throws {@link ShapeError} when the shapes differ, {@link OptionError} for an unknown option
 *
 * @example
 * ```ts
 * import { meanSquaredError, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await meanSquaredError(tensor([[1], [2]]), tensor([1, 4])).item()); // => 2
 * ```
 */
export function meanSquaredError(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkLoss('meanSquaredError', [prediction, target], options);
  return regression('meanSquaredError', prediction, target, options, square);
}

/**
 * Returns the mean absolute error, the mean of `|prediction − target|`.
 *
 * @param prediction - `[…, features]`
 * @param target - of the same shape; a last axis of length 1 may be left out
 * @throws {@link ShapeError} when the shapes differ, {@link OptionError} for an unknown option
 *
 * @example
 * ```ts
 * import { meanAbsoluteError, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await meanAbsoluteError(tensor([[1], [2]]), tensor([1, 4])).item()); // => 1
 * ```
 */
export function meanAbsoluteError(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkLoss('meanAbsoluteError', [prediction, target], options);
  return regression('meanAbsoluteError', prediction, target, options, abs);
}

/** Options of {@link huber}. */
export interface HuberOptions extends LossOptions {
  /** Where the square turns into a straight line. Default 1. */
  readonly delta?: number;
}

/**
 * Returns the Huber loss: `e²/2` for errors up to `delta`, else `delta · |e| − delta²/2` (Huber 1964), averaged.
 *
 * @param prediction - `[…, features]`
 * @param target - of the same shape; a last axis of length 1 may be left out
 * @throws {@link ShapeError} when the shapes differ, {@link OptionError} for an unknown option or a delta that is not positive
 *
 * @example
 * ```ts
 * import { huber, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await huber(tensor([[1], [2]]), tensor([1, 4])).item()); // => 0.75
 * ```
 */
export function huber(prediction: Tensor, target: Tensor, options: HuberOptions = {}): Tensor {
  checkLoss('huber', [prediction, target], options, ['delta']);
  const { delta = 1 } = options;
  checkRange('huber', 'delta', delta, Number.MIN_VALUE);
  return regression('huber', prediction, target, options, (error) => {
    const size = abs(error);
    return where(lessEqual(size, delta), mul(0.5, square(error)), sub(mul(delta, size), 0.5 * delta * delta));
  });
}
