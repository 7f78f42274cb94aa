import { type HostArray, hostArray } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { accuracy, f1, type Metric, type MetricBatch, mae, mse, precision, recall, rmse } from './index.ts';

type Values = Parameters<typeof hostArray>[0];
type Given = Partial<Record<'mask' | 'weights', Values>> & Pick<Partial<MetricBatch>, 'activation'>;

/** The metric over several batches. */
function over(metric: Metric, ...batches: readonly (readonly [prediction: Values, target: Values, given?: Given])[]) {
  const state = metric.start();
  for (const [prediction, target, { mask, weights, activation } = {}] of batches) {
    const maybe = (values: Values | undefined): HostArray | undefined =>
      values === undefined ? values : hostArray(values);
    state.add({
      prediction: hostArray(prediction),
      target: hostArray(target),
      mask: maybe(mask),
      weights: maybe(weights),
      activation,
    });
  }
  return state.value();
}

const classes = [
  [0.1, 0.7, 0.2],
  [0.5, 0.3, 0.2],
  [0.2, 0.2, 0.6],
];

describe('accuracy', () => {
  it('is binary for one output, with or without the last axis in the target', () => {
    expect(
      over(accuracy(), [
        [[0.9], [0.2], [0.4], [0.6]],
        [1, 0, 1, 1],
      ]),
    ).toBe(0.75);
    expect(
      over(accuracy(), [
        [[0.9], [0.2], [0.4], [0.6]],
        [[1], [0], [1], [1]],
      ]),
    ).toBe(0.75);
  });

  it('compares class numbers with the most probable class', () => {
    expect(over(accuracy(), [classes, Int32Array.of(1, 0, 0)])).toBeCloseTo(2 / 3);
    expect(over(accuracy(), [classes, [[1], [0], [2]]])).toBe(1);
  });

  it('compares one-hot targets by their largest element, and features one by one after a sigmoid', () => {
    const target = [
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 1],
    ];
    expect(over(accuracy(), [classes, target])).toBeCloseTo(2 / 3);
    const sigmoid = { activation: 'sigmoid' };
    expect(over(accuracy(), [[[0.9, 0.8, 0.1]], [[1, 1, 1]], sigmoid])).toBeCloseTo(2 / 3);
  });

  it('leaves masked steps out and counts by weight', () => {
    const sure = [0.9, 0.1];
    const prediction = [
      [sure, sure],
      [[0.1, 0.9], sure],
    ];
    const target = [
      [0, 1],
      [1, 1],
    ];
    const mask = [
      [1, 1],
      [1, 0],
    ];
    expect(over(accuracy(), [prediction, target, { mask }])).toBeCloseTo(2 / 3);
    expect(over(accuracy(), [prediction, target, { mask, weights: [1, 3] }])).toBeCloseTo(4 / 5);
    const steps = [
      [2, 1],
      [0, 5],
    ];
    expect(over(accuracy(), [prediction, target, { mask, weights: steps }])).toBeCloseTo(2 / 3);
  });
});

describe('errors', () => {
  it('add up over batches of unequal size', () => {
    const batches = [
      [
        [[1], [2]],
        [[2], [0]],
      ] as const,
      [[[4]], [[4]]] as const,
    ] as const;
    expect(over(mae(), ...batches)).toBe(1);
    expect(over(mse(), ...batches)).toBeCloseTo(5 / 3);
    expect(over(rmse(), ...batches)).toBeCloseTo(Math.sqrt(5 / 3));
  });

  it('count by weight, and not at all in the padding, whatever stands there', () => {
    expect(over(mae(), [[[1], [2]], [[2], [0]], { weights: [3, 1] }])).toBe(1.25);
    expect(over(mae(), [[[Number.NaN], [2]], [[2], [0]], { mask: [0, 1] }])).toBe(2);
    expect(over(mae(), [[[1], [2]], [[2], [0]], { mask: [0, 0] }])).toBe(0);
  });

  it('teach when shapes differ', () => {
    expect(() => over(mae(), [[[1, 2]], [1]])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [mae] prediction is [1, 2], target is [1]. The metric compares element by element. Check the target, or use another metric.]`,
    );
  });
});

describe('precision, recall and F1', () => {
  const prediction = [[0.9], [0.8], [0.3], [0.6]];
  const target = [[1], [0], [1], [1]];

  it('count predicted and actual positives', () => {
    expect(over(precision(), [prediction, target])).toBeCloseTo(2 / 3);
    expect(over(recall(), [prediction, target])).toBeCloseTo(2 / 3);
    expect(over(f1(), [prediction, target])).toBeCloseTo(2 / 3);
    expect(over(precision(), [prediction, target, { weights: [1, 2, 1, 1] }])).toBe(0.5);
    expect(over(recall(), [prediction, target, { weights: [1, 2, 2, 1] }])).toBe(0.5);
    expect(over(f1(), [prediction, target, { weights: [1, 6, 1, 1] }])).toBeCloseTo(4 / 11);
  });

  it('take logits with a threshold of 0', () => {
    const logits = prediction.map(([p]) => [Math.log(p! / (1 - p!))]);
    for (const metric of [accuracy, precision, recall, f1]) {
      expect(over(metric({ threshold: 0 }), [logits, target])).toBe(over(metric(), [prediction, target]));
      expect(() => metric({ treshold: 0 } as object)).toThrow('Did you mean threshold?');
      expect(() => metric({ threshold: Number.NaN })).toThrow('threshold is NaN');
    }
    expect(over(accuracy({ threshold: 0 }), [[[2, -1, 3]], [[1, 0, 0]]])).toBeCloseTo(2 / 3);
  });

  it('are 0 where there is nothing to divide by', () => {
    expect([precision(), recall(), f1()].map((metric) => over(metric, [[[0]], [[0]]]))).toEqual([0, 0, 0]);
  });
});

it('masks single steps where the prediction has no axis after time', () => {
  const given = {
    mask: [
      [1, 0],
      [1, 1],
    ],
  };
  const [prediction, target] = [
    [
      [1, 9],
      [0, 1],
    ],
    [
      [1, 0],
      [1, 1],
    ],
  ];
  expect(over(mae(), [prediction, target, given])).toBeCloseTo(1 / 3);
  expect(over(accuracy(), [prediction, target, given])).toBeCloseTo(2 / 3);
  expect(over(recall(), [prediction, target, given])).toBeCloseTo(2 / 3);
});
