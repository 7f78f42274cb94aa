import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tensor } from '../create.ts';
import { grad } from '../grad.ts';
import { reference } from '../reference/index.ts';
import type { Tensor } from '../tensor.ts';
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  huber,
  type Loss,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from './index.ts';

interface Entry {
  readonly shape: number[];
  readonly data: (number | string)[];
}
interface LossCase {
  readonly name: string;
  readonly loss: string;
  readonly options: { readonly fromLogits?: boolean; readonly delta?: number };
  readonly inputs: { readonly [name in 'yPred' | 'yTrue' | 'mask' | 'sampleWeight']?: Entry };
  readonly outputs: { readonly loss: Entry };
  readonly gradients: { readonly yPred: Entry };
}

const casesOf = (source: string): LossCase[] =>
  (
    JSON.parse(readFileSync(new URL(`../../../testing/vectors/${source}/losses.json`, import.meta.url), 'utf8')) as {
      cases: LossCase[];
    }
  ).cases;

const losses: Readonly<Record<string, Loss>> = {
  mse: meanSquaredError,
  mae: meanAbsoluteError,
  huber,
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
};
const backend = reference();
const make = ({ shape, data }: Entry, requiresGrad = false): Tensor =>
  tensor(data.map(Number), { shape, dtype: 'float64', backend, requiresGrad });

/** Vectors hold 9 significant digits. */
function expectNear(found: ArrayLike<number> | undefined, wanted: Entry | undefined): void {
  const expected = wanted?.data.map(Number) ?? [];
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((found?.[i] as number) - value)).toBeLessThanOrEqual(1e-12 + 1e-7 * Math.abs(value));
  });
}

// PyTorch neither bounds probabilities nor makes classes sum to 1: other gradients, see the README of the vectors.
const sameGradient = (source: string, { loss, options: { fromLogits } }: LossCase): boolean =>
  source === 'keras' || fromLogits === true || !loss.toLowerCase().endsWith('categoricalcrossentropy');

describe.each(['keras', 'pytorch'])('losses give what %s gives', (source) => {
  it.each(casesOf(source).map((each) => [each.name, each] as const))('%s', (_, each) => {
    const { yPred, yTrue, mask, sampleWeight } = each.inputs;
    const prediction = make(yPred as Entry, true);
    const value = (losses[each.loss] as Loss)(prediction, make(yTrue as Entry), {
      ...each.options,
      ...(mask && { mask: make(mask) }),
      ...(sampleWeight && { weights: make(sampleWeight) }),
    });
    expectNear(value.dataSync(), each.outputs.loss);
    const [gradient] = grad(value, [prediction]);
    if (sameGradient(source, each)) expectNear(gradient?.dataSync(), each.gradients.yPred);
  });
});

describe('losses', () => {
  const prediction = tensor(
    [
      [1, 2],
      [3, 4],
    ],
    { backend, requiresGrad: true },
  );

  const rows = (padding: number, row = [0.25, 0.75]): number[][] => [row, [padding, 0.5]];
  const both = [false, true];
  const settings = [
    ['mse', [{}]],
    ['mae', [{}]],
    ['huber', [{}]],
    ['binaryCrossentropy', both.map((fromLogits) => ({ fromLogits }))],
    ['categoricalCrossentropy', both.map((fromLogits) => ({ fromLogits }))],
    ['sparseCategoricalCrossentropy', both.map((fromLogits) => ({ fromLogits }))],
  ] as const;
  const padded = settings.flatMap(([name, each]) =>
    each.flatMap((options) =>
      [Number.NaN, Number.POSITIVE_INFINITY, -1].map((padding) => [name, options, padding] as const),
    ),
  );

  it.each(padded)('%s(%j) does not see %d in the padding, nor does any gradient', (name, options, padding) => {
    const sparse = name === 'sparseCategoricalCrossentropy';
    const run = (values: number[][], labels: number[] | number[][], mask?: number[]): number[][] => {
      const x = tensor(values, { backend, requiresGrad: true });
      const loss = (losses[name] as Loss)(x, tensor(labels, { backend }), {
        ...options,
        ...(mask && { mask: tensor(mask, { backend }), weights: tensor([2, padding], { backend }) }),
        ...(!mask && { weights: tensor([2], { backend }) }),
      });
      return [[...loss.dataSync()], [...(grad(loss, [x])[0]?.dataSync() ?? [])]];
    };
    const alone = run([[0.25, 0.75]], sparse ? [1] : [[0, 1]]);
    const masked = run(rows(padding), sparse ? [1, padding] : rows(padding, [0, 1]), [1, 0]);
    expect(masked).toEqual([alone[0], [...(alone[1] as number[]), 0, 0]]);
  });

  it('are 0 when everything is masked', () => {
    const mask = tensor([0, 0], { backend });
    expect(huber(prediction, prediction, { mask }).dataSync()[0]).toBe(0);
  });

  it.each([
    ['another shape', () => meanSquaredError(prediction, tensor([[1], [2]], { backend }))],
    ['class numbers', () => categoricalCrossentropy(prediction, tensor([0, 1], { backend }))],
    ['one-hot targets', () => sparseCategoricalCrossentropy(prediction, prediction)],
    ['an unknown option', () => huber(prediction, prediction, { Delta: 2 } as object)],
    ['weights that do not fit', () => huber(prediction, prediction, { weights: tensor([1, 2, 3], { backend }) })],
  ])('teach: %s', (_, body) => {
    expect(body).toThrowErrorMatchingSnapshot();
  });
});

it('binaryCrossentropy of logits is curved at 0, and exact where it is small', () => {
  const backend = reference();
  const x = tensor([[0], [0.5], [20], [-20]], { requiresGrad: true, backend });
  const target = tensor([[1], [1], [1], [0]], { backend });
  const loss = binaryCrossentropy(x, target, { fromLogits: true });
  const [slope] = grad(loss, [x], { createGraph: true });
  const [curve] = grad(slope, [x], { outputGradient: tensor([[1], [1], [1], [1]], { backend }) });
  expect(Array.from(curve.dataSync().subarray(0, 2), (each) => each.toFixed(4))).toEqual(['0.0625', '0.0588']);
  const surelyRight = binaryCrossentropy(tensor([[20]], { backend }), tensor([[1]], { backend }), { fromLogits: true });
  expect((surelyRight.dataSync()[0] ?? 0) / 2.0611536e-9).toBeCloseTo(1, 6);
});
