import { assertTensor } from '../assert-tensor.ts';
import type { DType } from '../dtype.ts';
import { OptionError, ShapeError } from '../errors.ts';
import { cast } from '../ops/cast.ts';
import { div } from '../ops/div.ts';
import { equal } from '../ops/equal.ts';
import { stretched } from '../ops/expand.ts';
import { mean } from '../ops/mean.ts';
import { mul } from '../ops/mul.ts';
import { reshape } from '../ops/reshape.ts';
import { sum } from '../ops/sum.ts';
import { where } from '../ops/where.ts';
import { checkOptions } from '../options.ts';
import { formatShape, type Shape, sameShape } from '../shape.ts';
import { commonBackend } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/** Options that every loss takes. */
export interface LossOptions {
  /** 0/1, `[batch]` or `[batch, time]`: where it is 0 the value does not count, whatever it is. */
  readonly mask?: Tensor | undefined;
  /**
   * Factor of each value, `[batch]` or `[batch, time]`; does not change the divisor, as in Keras. A weight of 0 does not silence
   * NaN: for padding use `mask`.
   */
  readonly weights?: Tensor | undefined;
}

/** Names of {@link LossOptions}, for checks. */
const commonOptions = ['mask', 'weights'];

/** A function of prediction and target that training makes small: gives a scalar. */
export type Loss = (prediction: Tensor, target: Tensor, options?: LossOptions) => Tensor;

/** Checks the options of a loss, and that its tensors can be used together. */
export function checkLoss(
  where_: string,
  [prediction, target]: readonly [prediction: Tensor, target: Tensor],
  options: LossOptions,
  allowed: readonly string[] = [],
): void {
  checkOptions(where_, options, [...allowed, ...commonOptions]);
  const { mask, weights } = options;
  assertTensor(where_, 'prediction', prediction);
  assertTensor(where_, 'target', target);
  commonBackend(
    where_,
    [prediction, target, mask, weights].filter((each) => each !== undefined),
  );
}

/**
 * Returns `target` in the dtype and shape of `prediction`; a missing last axis of length 1 is added.
 *
 * @throws {@link ShapeError} when the shapes differ
 */
export function alignedTarget(where: string, prediction: Tensor, target: Tensor): Tensor {
  const typed = target.dtype === prediction.dtype ? target : cast(target, prediction.dtype);
  if (sameShape(prediction.shape, target.shape)) return typed;
  if (sameShape(prediction.shape, [...target.shape, 1])) return reshape(typed, prediction.shape);
  throw new ShapeError(
    where,
    `prediction is ${formatShape(prediction.shape)}, target is ${formatShape(target.shape)}.`,
    'Prediction and target have one shape.',
    fixOf(prediction.shape, target.shape),
  );
}

/** What to do about a prediction that has another shape than its target. */
function fixOf(prediction: Shape, target: Shape): string {
  if (prediction.length <= target.length) return 'Check the target.';
  const wanted = target.length > 1 ? (target.at(-1) as number) : 1;
  const sequences = 'leave returnSequences out of the last recurrent layer';
  if (prediction.at(-1) === wanted) return `Give a target for each step, or ${sequences}.`;
  return `Give the last layer ${wanted} ${wanted === 1 ? 'unit' : 'units'}, or ${sequences}.`;
}

/** A factor of the first axes of `shape`, repeated over the rest. */
function spread(where_: string, name: string, factor: Tensor, shape: Shape, dtype: DType): Tensor {
  const trailing =
    factor.rank === shape.length + 1 && factor.shape.at(-1) === 1 ? factor.shape.slice(0, -1) : factor.shape;
  if (!sameShape(trailing, shape.slice(0, trailing.length))) {
    throw new ShapeError(
      where_,
      `${name} is ${formatShape(factor.shape)}, the values of the loss are ${formatShape(shape)}.`,
      `${name} has their shape or its first axes.`,
      `Check ${name}.`,
    );
  }
  const typed = factor.dtype === dtype ? factor : cast(factor, dtype);
  const aligned = reshape(typed, [...trailing, ...Array<number>(shape.length - trailing.length).fill(1)]);
  return stretched(aligned, shape);
}

/**
 * Returns prediction and target with 1 and 0 where the mask is 0. A choice before anything is computed: a choice at the end alone
 * would keep NaN out of the loss, but the gradient on the way back would meet it again (0 · NaN).
 *
 * @param prediction - `[…, features]`
 * @param target - of the same shape, or `[…]`
 */
export function withoutPadding(
  where_: string,
  prediction: Tensor,
  target: Tensor,
  mask: Tensor | undefined,
): readonly [prediction: Tensor, target: Tensor] {
  if (mask === undefined) return [prediction, target];
  const shape = prediction.shape.slice(0, -1);
  const valid = spread(where_, 'mask', mask, shape, prediction.dtype);
  const column = reshape(valid, [...shape, 1]);
  return [where(column, prediction, 1), where(target.rank === prediction.rank ? column : valid, target, 0)];
}

/**
 * Returns `Σ mask · weight · value / Σ mask`, without a mask the mean of `weight · value` (Keras's `sum_over_batch_size`); 0 when
 * everything is masked.
 */
export function weightedMean(where_: string, values: Tensor, { mask, weights }: LossOptions): Tensor {
  const { shape, dtype } = values;
  if (values.size === 0) {
    throw new OptionError(where_, 'there are no values.', 'A loss is a mean over at least one.', 'Check the batch.');
  }
  const weighted = weights === undefined ? values : mul(values, spread(where_, 'weights', weights, shape, dtype));
  if (mask === undefined) return mean(weighted);
  const valid = spread(where_, 'mask', mask, shape, dtype);
  const count = sum(valid);
  // A choice, not a product: weights in the padding may be anything.
  return div(sum(where(valid, weighted, 0)), where(equal(count, 0), 1, count));
}

/** Returns the {@link weightedMean} of the means over the features, the last axis of `values`. */
export function weightedMeanOfFeatures(where_: string, values: Tensor, options: LossOptions): Tensor {
  // Means of equally many values: without factors one mean over all is the same, in fewer steps.
  const plain = options.mask === undefined && options.weights === undefined;
  return weightedMean(where_, plain ? values : mean(values, { axes: -1 }), options);
}
