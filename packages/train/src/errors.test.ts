import { hostArray, huber, mean, square, sub, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { sgd } from '@lstm/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { line, lineTrainer } from '../test/line.ts';
import {
  compile,
  createTrainer,
  earlyStopping,
  type History,
  type Metric,
  mae,
  precision,
  type Trainer,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('errors teach', () => {
  const trainer = (): Trainer => lineTrainer();
  const withMetrics = (metrics: readonly Metric[]): Trainer =>
    createTrainer(trainer().network, { optimizer: sgd(), loss: huber, metrics });
  it.each<[string, () => Promise<unknown> | unknown]>([
    ['x and y of different lengths', () => trainer().fit(line.x, [[1]])],
    ['no samples', () => trainer().fit(hostArray(new Float32Array(0), [0, 1]), hostArray(new Float32Array(0), [0, 1]))],
    ['y forgotten', () => (trainer().fit as (x: unknown) => Promise<History>)(line.x)],
    [
      'a target of another shape',
      () =>
        trainer().fit(
          line.x,
          line.x.map(() => [1, 2]),
        ),
    ],
    ['a split that leaves nothing', () => trainer().fit([[1]], [[1]], { validationSplit: 0.5 })],
    ['an unknown option', () => trainer().fit(line.x, line.y, { epoch: 3 } as object)],
    ['a batch of nothing', () => trainer().fit(line.x, line.y, { batchSize: 0 })],
    ['an unknown loss', () => compile(trainer().network, { optimizer: 'sgd', loss: 'msee' as never })],
    ['an unknown optimizer', () => compile(trainer().network, { optimizer: 'adm' as never, loss: 'mse' })],
    [
      'a log that is not there',
      () => trainer().fit(line.x, line.y, { callbacks: [earlyStopping({ monitor: 'val_loss' })] }),
    ],
    ['no network', () => compile(undefined as never, { optimizer: 'sgd', loss: 'mse' })],
    ['no optimizer', () => compile(trainer().network, { loss: 'mse' } as never)],
    ['no loss', () => createTrainer(trainer().network, { optimizer: sgd() } as never)],
    ['NaN in a batch', () => trainer().trainOnBatch([[1], [2]], [1, Number.NaN])],
    ['other features than inputShape says', () => trainer().fit([[1, 2]], [1])],
    ['a generator that has run out', () => trainer().fit([{ x: line.x, y: line.y }].values(), { epochs: 2 })],
    ['a split of a dataset', () => trainer().fit(new Set([{ x: line.x, y: line.y }]), { validationSplit: 0.5 })],
    ['a batch size for a dataset', () => trainer().fit(new Set([{ x: line.x, y: line.y }]), { batchSize: 8 })],
    ['weights for a dataset', () => trainer().evaluate(new Set([{ x: line.x, y: line.y }]), { sampleWeight: [1] })],
    ['steps per epoch of arrays', () => trainer().fit(line.x, line.y, { stepsPerEpoch: 2 })],
    [
      'two sets of validation data',
      () => trainer().fit(line.x, line.y, { validationSplit: 0.2, validationData: [line.x, line.y] }),
    ],
    ['options in the place of y', () => trainer().fit(line.x, { epochs: 2 } as never)],
    ['inputs of different lengths', () => trainer().predict([hostArray([[1], [2]]), hostArray([[1]])])],
    ['NaN in the weights', () => trainer().trainOnBatch([[1], [2]], [1, 2], { sampleWeight: [Number.NaN, 1] })],
    ['callbacks that are none', () => trainer().fit(line.x, line.y, { callbacks: [earlyStopping] as never })],
    ['a controller as signal', () => trainer().fit(line.x, line.y, { signal: new AbortController() as never })],
    [
      'validation data that are no pair',
      () => trainer().fit(line.x, line.y, { validationData: { x: line.x } as never }),
    ],
    [
      'one metric in no list',
      () => compile(trainer().network, { optimizer: 'sgd', loss: 'mse', metrics: 'mae' as never }),
    ],
    ['two metrics of one name', () => withMetrics([precision({ threshold: 0.1 }), precision({ threshold: 0.9 })])],
    ['a metric named loss', () => withMetrics([{ ...mae(), name: 'loss' }])],
    ['a metric that is none', () => withMetrics([mae as never])],
    [
      'weights that the loss does not look at',
      () =>
        createTrainer(trainer().network, { optimizer: sgd(), loss: (y, t) => mean(square(sub(y, t))) }).fit(
          line.x,
          line.y,
          { sampleWeight: line.x.map(() => 2) },
        ),
    ],
  ])('%s', async (_, body) => {
    await expect((async () => body())()).rejects.toThrowErrorMatchingSnapshot();
  });

  it('two fits of one trainer', async () => {
    const one = trainer();
    const first = one.fit(line.x, line.y);
    await expect(one.fit(line.x, line.y)).rejects.toThrow('[fit] another fit of this trainer is running.');
    await first;
  });
});
