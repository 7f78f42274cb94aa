import { hostArray, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { sgd } from '@lstm/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { line, lineTrainer } from '../test/line.ts';
import { compile, createTrainer, earlyStopping, type History, type Trainer } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('errors teach', () => {
  const trainer = (): Trainer => lineTrainer();
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
