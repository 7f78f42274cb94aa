import { assertFloat, assertIndex } from '../assert-tensor.ts';
import type { SingleOutput, SoftmaxCrossEntropyInputs } from '../backend/fused.ts';
import { zeros } from '../create.ts';
import { ShapeError } from '../errors.ts';
import { fusedOp } from '../fused-op.ts';
import { tidy } from '../scope.ts';
import { formatShape, sameShape } from '../shape.ts';
import { commonBackend } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './add.ts';
import { gather } from './gather.ts';
import { logSoftmax } from './log-softmax.ts';
import { neg } from './neg.ts';
import { oneHot } from './one-hot.ts';
import { reshape } from './reshape.ts';
import { sum } from './sum.ts';
import { where } from './where.ts';

/** @internal Returns `−logarithms[label]` of each row: `[rows, classes]` and `[rows]` give `[rows]`. */
export function negativeLogOfLabel(logarithms: Tensor, labels: Tensor): Tensor {
  const { shape, dtype, backend } = logarithms;
  const classes = shape[1] as number;
  const hot = oneHot(labels, classes, { dtype });
  // A choice, not a product: a logarithm of −∞ elsewhere stays harmless.
  const loss = neg(sum(where(hot, logarithms, 0), { axes: 1 }));
  // Looking up zeros makes a label out of range an error.
  return add(loss, gather(zeros([classes], { dtype, backend }), labels));
}

function composition({ logits, labels }: SoftmaxCrossEntropyInputs<Tensor>): SingleOutput<Tensor> {
  return { y: negativeLogOfLabel(logSoftmax(logits), labels) };
}

/**
 * Returns the cross-entropy `−log softmax(logits)[label]` of each row, in nats; stable for large logits.
 *
 * Gradient: `dlogits = dy · (softmax(logits) − onehot(label))`.
 *
 * @param logits - `[…, classes]`
 * @param labels - int32 `[…]` in `[0, classes)`; another one is an error, at once or when a result is read
 * @returns `[…]`
 * @throws {@link ShapeError} when the labels do not fit, {@link DTypeError} unless logits are floating point and labels int32
 *
 * @example
 * ```ts
 * import { softmaxCrossEntropy, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const loss = softmaxCrossEntropy(tensor([[0, 0]]), tensor([1], { dtype: 'int32' }));
 * console.log((await loss.item()).toFixed(4)); // => 0.6931
 * ```
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  commonBackend('softmaxCrossEntropy', [logits, labels]);
  assertFloat('softmaxCrossEntropy', 'logits', logits);
  assertIndex('softmaxCrossEntropy', 'labels', labels);
  const shape = logits.shape.slice(0, -1);
  if (logits.rank === 0 || !sameShape(shape, labels.shape)) {
    throw new ShapeError(
      'softmaxCrossEntropy',
      `logits are ${formatShape(logits.shape)}, labels are ${formatShape(labels.shape)}.`,
      'Logits are […, classes], labels […]: one class per row.',
      'One-hot labels become classes with argmax(labels).',
    );
  }
  return tidy(() => {
    const classes = logits.shape.at(-1) as number;
    const inputs = { logits: reshape(logits, [labels.size, classes]), labels: reshape(labels, [labels.size]) };
    const { y } = fusedOp({ name: 'softmaxCrossEntropy', inputs, attributes: {}, fallback: composition });
    return reshape(y, shape);
  });
}
