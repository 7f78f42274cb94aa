import {
  binaryCrossentropy,
  categoricalCrossentropy,
  huber,
  type Loss,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
  type Tensor,
} from '@lstm/core';
import { type CaseInput, type ConformanceCase, input } from '../case.ts';
import { within } from './elementwise.ts';

const mask: CaseInput = { shape: [2, 3], values: [1, 0, 1, 1, 1, 0] };

/** NaN at the steps that {@link mask} leaves out. */
function withNaN({ shape, values }: CaseInput): CaseInput {
  const width = values.length / mask.values.length;
  return { shape, values: values.map((value, i) => (mask.values[Math.floor(i / width)] === 0 ? Number.NaN : value)) };
}

/** Cases of losses: plain, and with weights and a mask over NaN in the padding. */
export function lossCases(): readonly ConformanceCase[] {
  const cases = (
    op: string,
    apply: Loss,
    name: string,
    prediction: CaseInput,
    target: CaseInput,
  ): ConformanceCase[] => [
    {
      op,
      name,
      inputs: { prediction, target },
      run: ({ prediction: p, target: t }) => apply(p as Tensor, t as Tensor),
    },
    {
      op,
      name: `${name}, weights, NaN in the padding`,
      inputs: { prediction: withNaN(prediction), target, mask, weights: input([2, 3], 7) },
      run: ({ prediction: p, target: t, mask: m, weights }) => apply(p as Tensor, t as Tensor, { mask: m, weights }),
      differentiable: ['prediction', 'weights'],
    },
  ];
  const fromLogits = (apply: Loss): Loss => {
    return (prediction, target, options) => apply(prediction, target, { ...options, fromLogits: true } as object);
  };
  const [values, targets] = [input([2, 3, 5], 1, 2), input([2, 3, 5], 2, 2)];
  const probabilities = within([2, 3, 5], 3, [0.1, 0.9]);
  const classes: CaseInput = { shape: [2, 3], values: [0, 4, 2, 2, 1, 3], dtype: 'int32' };
  const shares = within([2, 3, 5], 4, [0, 1]);
  return [
    ...cases('meanSquaredError', meanSquaredError, 'features', values, targets),
    ...cases('meanAbsoluteError', meanAbsoluteError, 'features', values, targets),
    ...cases('huber', huber, 'features', values, targets),
    ...cases('binaryCrossentropy', binaryCrossentropy, 'probabilities', probabilities, shares),
    ...cases('binaryCrossentropy', fromLogits(binaryCrossentropy), 'logits', input([2, 3, 5], 1, 30), shares),
    ...cases('categoricalCrossentropy', categoricalCrossentropy, 'probabilities', probabilities, shares),
    ...cases('categoricalCrossentropy', fromLogits(categoricalCrossentropy), 'logits', input([2, 3, 5], 1, 9), shares),
    ...cases('sparseCategoricalCrossentropy', sparseCategoricalCrossentropy, 'probabilities', probabilities, classes),
    ...cases(
      'sparseCategoricalCrossentropy',
      fromLogits(sparseCategoricalCrossentropy),
      'logits',
      input([2, 3, 5], 1, 9),
      classes,
    ),
  ];
}
