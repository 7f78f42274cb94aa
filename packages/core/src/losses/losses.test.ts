import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tensor } from '../create.ts';
import { grad } from '../grad.ts';
import { reference } from '../reference/index.ts';
import type { Tensor } from '../tensor.ts';
import * as losses from './index.ts';

interface Entry {
  readonly shape: number[];
  readonly data: (number | string)[];
}
interface LossCase {
  readonly name: string;
  readonly loss: string;
  readonly options: Record<string, unknown>;
  readonly inputs: Record<string, Entry>;
  readonly outputs: Record<string, Entry>;
  readonly gradients: Record<string, Entry>;
}

const casesOf = (source: string): LossCase[] =>
  (
    JSON.parse(readFileSync(new URL(`../../../testing/vectors/${source}/losses.json`, import.meta.url), 'utf8')) as {
      cases: LossCase[];
    }
  ).cases;

const longNames: Readonly<Record<string, string>> = { mse: 'meanSquaredError', mae: 'meanAbsoluteError' };
const backend = reference();
const make = ({ shape, data }: Entry, requiresGrad = false): Tensor =>
  tensor(data.map(Number), { shape, dtype: 'float64', backend, requiresGrad });

// PyTorch neither bounds probabilities nor makes classes sum to 1: other gradients, see the README of the vectors.
const differs = ({ loss, options }: LossCase): boolean =>
  loss.endsWith('ategoricalCrossentropy') && options['fromLogits'] !== true;

describe.each(['keras', 'pytorch'])('losses give what %s gives', (source) => {
  const cases = casesOf(source).filter((each) => source === 'keras' || !differs(each));
  it.each(cases.map((each) => [each.name, each] as const))('%s', (_, each) => {
    const prediction = make(each.inputs['yPred'] as Entry, true);
    const target = make(each.inputs['yTrue'] as Entry);
    const { mask, sampleWeight } = each.inputs;
    const loss = (losses as unknown as Record<string, (...all: unknown[]) => Tensor>)[
      longNames[each.loss] ?? each.loss
    ];
    const value = (loss as (...all: unknown[]) => Tensor)(prediction, target, {
      ...each.options,
      ...(mask && { mask: make(mask) }),
      ...(sampleWeight && { weights: make(sampleWeight) }),
    });
    expect(value.dataSync()[0]).toBeCloseTo(Number(each.outputs['loss']?.data[0]), 6);
    const [gradient] = grad(value, [prediction]);
    each.gradients['yPred']?.data.forEach((wanted, i) => {
      expect(gradient?.dataSync()[i]).toBeCloseTo(Number(wanted), 6);
    });
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

  it('ignore what stands in the padding, in the gradient too', () => {
    const target = tensor(
      [
        [1, 1],
        [Number.NaN, 0],
      ],
      { backend },
    );
    const loss = losses.meanSquaredError(prediction, target, { mask: tensor([1, 0], { backend }) });
    expect(loss.dataSync()[0]).toBe(0.5);
    expect([...(grad(loss, [prediction])[0]?.dataSync() ?? [])].slice(0, 2)).toEqual([0, 1]);
  });

  it('are 0 when everything is masked', () => {
    const mask = tensor([0, 0], { backend });
    expect(losses.huber(prediction, prediction, { mask }).dataSync()[0]).toBe(0);
  });

  it.each([
    ['another shape', () => losses.meanSquaredError(prediction, tensor([[1], [2]], { backend }))],
    ['class numbers', () => losses.categoricalCrossentropy(prediction, tensor([0, 1], { backend }))],
    ['one-hot targets', () => losses.sparseCategoricalCrossentropy(prediction, prediction)],
    ['an unknown option', () => losses.huber(prediction, prediction, { Delta: 2 } as object)],
    [
      'weights that do not fit',
      () => losses.huber(prediction, prediction, { weights: tensor([1, 2, 3], { backend }) }),
    ],
  ])('teach: %s', (_, body) => {
    expect(body).toThrowErrorMatchingSnapshot();
  });
});
