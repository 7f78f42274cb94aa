import { binaryCrossentropy, hostArray, huber, type Loss, mean, square, sub, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import {
  activation,
  dense,
  dropout,
  input,
  type Layer,
  layerNormalization,
  model,
  type Network,
  sequential,
} from '@lstm/layers';
import { sgd } from '@lstm/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { line, lineTrainer } from '../test/line.ts';
import {
  type Batch,
  compile,
  createTrainer,
  earlyStopping,
  type History,
  type LossName,
  type Metric,
  mae,
  precision,
  predict,
  type SampleData,
  stream,
  type Trainer,
  weighted,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('errors teach', () => {
  const trainer = (): Trainer => lineTrainer();
  const withMetrics = (metrics: readonly Metric[]): Trainer =>
    createTrainer(trainer().network, { optimizer: sgd(), loss: huber, metrics });
  const withLoss = (loss: () => unknown): Trainer =>
    createTrainer(trainer().network, { optimizer: sgd(), loss: loss as Loss });
  function* batches() {
    yield line;
  }
  it.each<[string, () => Promise<unknown> | unknown]>([
    ['x and y of different lengths', () => trainer().fit(line.x, [[1]])],
    ['no samples', () => trainer().fit(hostArray(new Float32Array(0), [0, 1]), hostArray(new Float32Array(0), [0, 1]))],
    ['losses by output', () => compile(trainer().network, { optimizer: 'sgd', loss: { a: 'mse', b: 'mae' } as never })],
    [
      'weights of losses by output',
      () => createTrainer(trainer().network, { optimizer: sgd(), loss: huber, lossWeights: { a: 1 } as never }),
    ],
    [
      'metrics by output',
      () => compile(trainer().network, { optimizer: 'sgd', loss: 'mse', metrics: { a: ['mae'] } as never }),
    ],
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
    [
      'a weight of a loss that is no number',
      () => createTrainer(trainer().network, { optimizer: sgd(), loss: huber, lossWeights: [Number.NaN] }),
    ],
    ['a batch of nothing to evaluate', () => trainer().evaluate(line.x, line.y, { batchSize: 0 })],
    ['a batch of nothing to predict', () => trainer().predict(line.x, { batchSize: 0 })],
    ['an unknown loss', () => compile(trainer().network, { optimizer: 'sgd', loss: 'msee' as never })],
    ['an unknown optimizer', () => compile(trainer().network, { optimizer: 'adm' as never, loss: 'mse' })],
    [
      'a log that is not there',
      () => trainer().fit(line.x, line.y, { callbacks: [earlyStopping({ monitor: 'val_loss' })] }),
    ],
    ['predictions of a trainer', () => predict(trainer() as never, line.x)],
    ['a stream of nothing', () => stream(undefined as never)],
    ['no network', () => compile(undefined as never, { optimizer: 'sgd', loss: 'mse' })],
    ['no optimizer', () => compile(trainer().network, { loss: 'mse' } as never)],
    ['no loss', () => createTrainer(trainer().network, { optimizer: sgd() } as never)],
    ['NaN in a batch', () => trainer().trainOnBatch([[1], [2]], [1, Number.NaN])],
    ['other features than inputShape says', () => trainer().fit([[1, 2]], [1])],
    ['a list without batches', () => trainer().fit([] as Batch[])],
    [
      'a batch in the place of x and y',
      () => trainer().trainOnBatch({ x: line.x, y: line.y } as never, undefined as never),
    ],
    ['a dataset without batches', () => trainer().fit(new Set<Batch>())],
    ['a generator that has run out', () => trainer().fit([{ x: line.x, y: line.y }].values(), { epochs: 2 })],
    [
      'weights of a batch by another name',
      () => trainer().fit([{ x: line.x, y: line.y, sampleWeights: [1] } as never]),
    ],
    ['weights of a batch by half a name', () => trainer().fit([{ x: line.x, y: line.y, weights: [1] } as never])],
    ['a split of a dataset', () => trainer().fit(new Set([{ x: line.x, y: line.y }]), { validationSplit: 0.5 })],
    ['a batch size for a dataset', () => trainer().fit(new Set([{ x: line.x, y: line.y }]), { batchSize: 8 })],
    ['weights for a dataset', () => trainer().evaluate(new Set([{ x: line.x, y: line.y }]), { sampleWeight: [1] })],
    ['steps per epoch of arrays', () => trainer().fit(line.x, line.y, { stepsPerEpoch: 2 })],
    [
      'two sets of validation data',
      () => trainer().fit(line.x, line.y, { validationSplit: 0.2, validationData: [line.x, line.y] }),
    ],
    ['options in the place of y', () => trainer().fit(line.x, { epochs: 2 } as never)],
    ['arrays of samples for one input', () => trainer().predict([hostArray([[1], [2]]), hostArray([[1]])])],
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
    ['a weighted metric by name', () => weighted('mae' as never)],
    [
      'weighted metrics as in Keras',
      () => compile(trainer().network, { optimizer: 'sgd', loss: 'mse', weightedMetrics: ['mae'] } as never),
    ],
    [
      'weights that the loss does not look at',
      () =>
        createTrainer(trainer().network, { optimizer: sgd(), loss: (y, t) => mean(square(sub(y, t))) }).fit(
          line.x,
          line.y,
          { sampleWeight: line.x.map(() => 2) },
        ),
    ],
    [
      'a log in snake case',
      () =>
        trainer().fit(line.x, line.y, {
          validationSplit: 0.2,
          callbacks: [earlyStopping({ monitor: 'val_loss' })],
        }),
    ],
    ['an abbreviated loss', () => compile(trainer().network, { optimizer: 'sgd', loss: 'bce' as never })],
    [
      'a metric that is not there',
      () => compile(trainer().network, { optimizer: 'sgd', loss: 'mse', metrics: ['AUC' as never] }),
    ],
    ['a loss of PyTorch', () => compile(trainer().network, { optimizer: 'sgd', loss: 'CrossEntropyLoss' as never })],
    ['an optimizer by its option', () => compile(trainer().network, { optimizer: 'momentum' as never, loss: 'mse' })],
    ['weights of classes', () => trainer().fit(line.x, line.y, { classWeight: { 0: 1 } } as object)],
    ['null for x', () => trainer().fit(null as never, line.y)],
    ['a generator that was not called', () => (trainer().fit as (x: unknown) => Promise<History>)(batches)],
    ['a generator that was not called, with options', () => trainer().fit(batches as never, { epochs: 2 })],
    ['batches as pairs', () => trainer().fit([[line.x, line.y]] as never, { epochs: 2 })],
    ['batches of a generator as pairs', () => trainer().fit(new Set([[line.x, line.y]]) as never)],
    ['y as a dictionary', () => trainer().fit(line.x, { y: line.y } as never)],
    ['a loss that returns a number', () => withLoss(() => 3).fit(line.x, line.y)],
    ['a loss that returns a promise', () => withLoss(async () => Promise.reject(3)).fit(line.x, line.y)],
  ])('%s', async (_, body) => {
    await expect((async () => body())()).rejects.toThrowErrorMatchingSnapshot();
  });

  const ragged = [[1], [2, 3]] as SampleData;
  const [x, y] = [
    [[1], [2]],
    [1, 2],
  ];
  const words = ['a', 'b'] as never;
  it.each<[string, () => Promise<unknown>]>([
    ['[fit] x: a list at depth 1 has 2 values', () => trainer().fit(ragged, y)],
    ['[fit] y: a list at depth 1 has 2 values', () => trainer().fit(x, ragged)],
    ['[fit] y: a list at depth 1 has "a"', () => trainer().fit(x, words)],
    ['[fit] y: 2 values were given for shape [3].', () => trainer().fit(x, { data: new Float32Array(2), shape: [3] })],
    ['[fit] sampleWeight: a list', () => trainer().fit(x, y, { sampleWeight: words })],
    ['[fit] validationData[0]: a list', () => trainer().fit(x, y, { validationData: [ragged, y] })],
    ['[fit] validationData[1]: a list', () => trainer().fit(x, y, { validationData: [x, words] })],
    ['[fit] validationData is no such data.', () => trainer().fit(x, y, { validationData: null as never })],
    ['[fit] x of a batch: a list', () => trainer().fit([{ x: ragged, y }])],
    ['[fit] y of a batch: a list', () => trainer().fit([{ x, y: words }])],
    ['[fit] sampleWeight of a batch: a list', () => trainer().fit([{ x, y, sampleWeight: words }])],
    ['[fit] mask of a batch: a list', () => trainer().fit([{ x, y, mask: words }])],
    ['[evaluate] y: a list', () => trainer().evaluate(x, words)],
    ['[predict] x: a list', () => trainer().predict(ragged)],
    ['[trainOnBatch] y: a list', () => trainer().trainOnBatch(x, words)],
  ])('%s: which of the arguments it is', async (message, body) => {
    await expect((async () => body())()).rejects.toThrow(message);
  });

  it('nested lists for several inputs or outputs', async () => {
    const [a, b] = [input({ shape: [1] }), input({ shape: [1] })];
    const outputs = [dense({ units: 1 }).apply(a), dense({ units: 1 }).apply(b)];
    const both = compile(model({ inputs: [a, b], outputs }), { optimizer: 'sgd', loss: ['mse', 'mae'] });
    const arrays = [hostArray(x), hostArray(x)];
    const message =
      '[fit] y is a list of 2, not all of which are host arrays, so it counts as one array. The network has 2 outputs. Give a host array for each: [hostArray(y[0]), hostArray(y[1])].';
    await expect(
      both.fit(arrays, [
        y,
        [
          [1, 2],
          [3, 4],
        ],
      ] as never),
    ).rejects.toThrow(message);
    await expect(both.fit(arrays, [y, y])).rejects.toThrow(message);
    await expect(both.fit([x, x], arrays)).rejects.toThrow('[fit] x is a list of 2, not all');
    await expect(both.fit({ a: x, b: x } as never, arrays)).rejects.toThrow(
      '[fit] x is an object with a, b. The network has 2 inputs.',
    );
    await expect(both.predict([[1], [2], [3]])).rejects.toThrow(
      '[predict] x is one array. The network has 2 inputs. Give a host array for each: [hostArray(x1), hostArray(x2)].',
    );
    await expect(both.fit(arrays, [...arrays, ...arrays])).rejects.toThrow('[fit] y is 4 arrays.');
    await expect(both.fit([{ x: arrays, y }])).rejects.toThrow('Give one for each.');
    expect(await both.fit(arrays, arrays)).toHaveProperty('reason');
  });

  it('a loss of probabilities for an output that is none', async () => {
    const ending = (...layers: Layer[]) => sequential([dense({ units: 2, inputShape: [2] }), ...layers]);
    const made = (network: Network, loss: LossName | Loss) => () => compile(network, { optimizer: 'sgd', loss });
    expect(made(ending(), 'sparseCategoricalCrossentropy')).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [compile] the loss is sparseCategoricalCrossentropy, and the activation of the output is linear. That loss takes probabilities, in [0, 1]. End with dense({ units, activation: 'softmax' }), or for logits write (p, t, options) => sparseCategoricalCrossentropy(p, t, { ...options, fromLogits: true }).]`,
    );
    const tanh = activation({ activation: 'tanh' });
    expect(made(ending(tanh, dropout({ rate: 0.5 })), binaryCrossentropy)).toThrow('of the output is tanh.');
    const a = input({ shape: [2] });
    const two = model({ inputs: a, outputs: [dense({ units: 1 }).apply(a), dense({ units: 2 }).apply(a)] });
    expect(() => compile(two, { optimizer: 'sgd', loss: ['mse', 'categoricalCrossentropy'] })).toThrow(
      'the activation of output 1 is linear.',
    );
    for (const kind of ['softmax', 'sigmoid', 'relu'] as const) {
      expect(made(ending(activation({ activation: kind })), 'categoricalCrossentropy')).not.toThrow();
    }
    expect(made(ending(layerNormalization()), 'binaryCrossentropy')).not.toThrow();
    const logits: Loss = (p, t, options) => binaryCrossentropy(p, t, { ...options, fromLogits: true });
    expect(made(ending(), logits)).not.toThrow();
  });

  it('two fits of one network', async () => {
    const one = trainer();
    const first = one.fit(line.x, line.y);
    for (const trainer of [one, compile(one.network, { optimizer: 'sgd', loss: 'mse' })]) {
      await expect(trainer.fit(line.x, line.y)).rejects.toThrow('[fit] a fit of this network is running.');
    }
    await first;
  });
});
