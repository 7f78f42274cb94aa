import { assertFloat } from '../assert-tensor.ts';
import { ShapeError } from '../errors.ts';
import { indicesOf } from '../indices.ts';
import { add } from '../ops/add.ts';
import { clip } from '../ops/clip.ts';
import { div } from '../ops/div.ts';
import { log } from '../ops/log.ts';
import { logSoftmax } from '../ops/log-softmax.ts';
import { mul } from '../ops/mul.ts';
import { neg } from '../ops/neg.ts';
import { reshape } from '../ops/reshape.ts';
import { negativeLogOfLabel, softmaxCrossEntropy } from '../ops/softmax-cross-entropy.ts';
import { softplus } from '../ops/softplus.ts';
import { sub } from '../ops/sub.ts';
import { sum } from '../ops/sum.ts';
import { tidy } from '../scope.ts';
import { formatShape, sameShape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import {
  alignedTarget,
  checkLoss,
  type LossOptions,
  weightedMean,
  weightedMeanOfFeatures,
  withoutPadding,
} from './reduce.ts';

/** Options of cross-entropies. */
export interface CrossentropyOptions extends LossOptions {
  /** The prediction holds logits, not probabilities; stabler. Default false. */
  readonly fromLogits?: boolean;
}

/** Keras's bound of probabilities, so that no logarithm is infinite. */
const epsilon = 1e-7;

function bounded(probabilities: Tensor): Tensor {
  return clip(probabilities, epsilon, 1 - epsilon);
}

/** Logarithm of class probabilities that are made to sum to 1. */
function logOfClasses(probabilities: Tensor): Tensor {
  return log(bounded(div(probabilities, sum(probabilities, { axes: -1, keepAxes: true }))));
}

/**
 * Returns the binary cross-entropy, the mean of `−(t log p + (1 − t) log(1 − p))`, in nats. Probabilities are held within 1e-7 of 0
 * and 1, as in Keras.
 *
 * @param prediction - probabilities or with `fromLogits` logits `[…, features]`
 * @param target - 0 to 1, of the same shape; a last axis of length 1 may be left out
 * @throws {@link ShapeError} when the shapes differ, {@link OptionError} for an unknown option
 *
 * @example
 * ```ts
 * import { binaryCrossentropy, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const loss = binaryCrossentropy(tensor([[0.5], [0.5]]), tensor([0, 1]));
 * console.log((await loss.item()).toFixed(4)); // => 0.6931
 * ```
 */
export function binaryCrossentropy(prediction: Tensor, target: Tensor, options: CrossentropyOptions = {}): Tensor {
  checkLoss('binaryCrossentropy', [prediction, target], options, ['fromLogits']);
  return tidy(() => {
    const aligned = alignedTarget('binaryCrossentropy', prediction, target);
    const [x, t] = withoutPadding('binaryCrossentropy', prediction, aligned, options.mask);
    let values: Tensor;
    if (options.fromLogits === true) {
      // −t·log σ(x) − (1 − t)·log σ(−x), each factor exact where it is small
      values = add(mul(t, softplus(neg(x))), mul(sub(1, t), softplus(x)));
    } else {
      const p = bounded(x);
      values = neg(add(mul(t, log(p)), mul(sub(1, t), log(sub(1, p)))));
    }
    return weightedMeanOfFeatures('binaryCrossentropy', values, options);
  });
}

/**
 * Returns the cross-entropy between class probabilities and one-hot (or soft) targets, the mean of `−Σ t log p`, in nats.
 *
 * @param prediction - probabilities or with `fromLogits` logits `[…, classes]`
 * @param target - of the same shape
 * @throws {@link ShapeError} when the shapes differ, {@link OptionError} for an unknown option
 *
 * @example
 * ```ts
 * import { categoricalCrossentropy, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const loss = categoricalCrossentropy(tensor([[0.25, 0.75]]), tensor([[1, 0]]));
 * console.log((await loss.item()).toFixed(4)); // => 1.3863
 * ```
 */
export function categoricalCrossentropy(prediction: Tensor, target: Tensor, options: CrossentropyOptions = {}): Tensor {
  checkLoss('categoricalCrossentropy', [prediction, target], options, ['fromLogits']);
  if (!sameShape(prediction.shape, target.shape)) {
    throw new ShapeError(
      'categoricalCrossentropy',
      `prediction is ${formatShape(prediction.shape)}, target is ${formatShape(target.shape)}.`,
      'The target holds a probability for each class.',
      'For class numbers use sparseCategoricalCrossentropy, or oneHot(labels, classes).',
    );
  }
  return tidy(() => {
    const aligned = alignedTarget('categoricalCrossentropy', prediction, target);
    const [x, t] = withoutPadding('categoricalCrossentropy', prediction, aligned, options.mask);
    const logarithms = options.fromLogits === true ? logSoftmax(x) : logOfClasses(x);
    return weightedMean('categoricalCrossentropy', neg(sum(mul(t, logarithms), { axes: -1 })), options);
  });
}

/**
 * Returns the cross-entropy between class probabilities and class numbers, the mean of `−log p[target]`, in nats.
 *
 * @param prediction - probabilities or with `fromLogits` logits `[…, classes]`
 * @param target - class `[…]` or `[…, 1]` in `[0, classes)`
 * @throws {@link ShapeError} when the shapes do not fit, {@link OptionError} for an unknown option, {@link DataError} for a class
 *   that is no integer
 *
 * @example
 * ```ts
 * import { sparseCategoricalCrossentropy, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const loss = sparseCategoricalCrossentropy(tensor([[0.25, 0.75]]), tensor([0]));
 * console.log((await loss.item()).toFixed(4)); // => 1.3863
 * ```
 */
export function sparseCategoricalCrossentropy(
  prediction: Tensor,
  target: Tensor,
  options: CrossentropyOptions = {},
): Tensor {
  const name = 'sparseCategoricalCrossentropy';
  checkLoss(name, [prediction, target], options, ['fromLogits']);
  assertFloat(name, 'prediction', prediction);
  const shape = prediction.shape.slice(0, -1);
  if (!sameShape(target.shape, shape) && !sameShape(target.shape, [...shape, 1])) {
    throw new ShapeError(
      name,
      `prediction is ${formatShape(prediction.shape)}, target is ${formatShape(target.shape)}.`,
      'The prediction is […, classes], the target […]: one class number per row.',
      sameShape(target.shape, prediction.shape)
        ? 'For one-hot targets use categoricalCrossentropy.'
        : 'Check the target.',
    );
  }
  return tidy(() => {
    const [x, t] = withoutPadding(name, prediction, reshape(target, shape), options.mask);
    const count = x.shape.at(-1) as number;
    const labels = indicesOf(name, 'label', t, {
      count,
      of: `predictions of ${count} classes`,
      fix: 'Count classes from 0, give the last layer more units, or leave padding out by a mask.',
    });
    if (options.fromLogits === true) return weightedMean(name, softmaxCrossEntropy(x, labels), options);
    const rows = reshape(logOfClasses(x), [sizeOf(shape), count]);
    const values = reshape(negativeLogOfLabel(rows, reshape(labels, [-1])), shape);
    return weightedMean(name, values, options);
  });
}
