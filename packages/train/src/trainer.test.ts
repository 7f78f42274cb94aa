import { readFileSync } from 'node:fs';
import {
  add,
  hostArray,
  meanSquaredError,
  memory,
  mul,
  NonFiniteError,
  type Parameter,
  type Tensor,
  tensor,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import {
  bidirectional,
  concatenate,
  dense,
  dropout,
  embedding,
  gru,
  input,
  type Layer,
  lstm,
  model,
  type Network,
  sequential,
  simpleRnn,
} from '@lstm/layers';
import { adam, adamw, type Optimizer, rmsprop, sgd } from '@lstm/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Callback,
  compile,
  createTrainer,
  earlyStopping,
  type History,
  type LossName,
  type Metric,
  reduceLearningRate,
  type Trainer,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

/** y = 2x + 1. */
const line = {
  x: Array.from({ length: 20 }, (_, i) => [i / 20]),
  y: Array.from({ length: 20 }, (_, i) => [i / 10 + 1]),
};

const lineTrainer = (learningRate = 0.1): Trainer =>
  createTrainer(sequential([dense({ units: 1, inputShape: [1] })]), {
    optimizer: sgd({ learningRate }),
    loss: meanSquaredError,
  });

const weightsOf = (network: Network): number[][] => network.parameters.map(({ value }) => [...value.dataSync()]);

interface Entry {
  readonly shape: number[];
  readonly data: number[];
}
type Named = { readonly name: string } & Record<string, unknown>;
interface TrainingCase {
  readonly name: string;
  readonly loss: LossName;
  readonly optimizer: Named;
  readonly model: readonly Named[];
  readonly inputs: { readonly x: Entry; readonly y: Entry };
  readonly weights: Record<string, Entry>;
  readonly outputs: { readonly loss: Entry; readonly prediction: Entry };
  readonly finalWeights: Record<string, Entry>;
}

describe('training gives what Keras gives', () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../../testing/vectors/keras/training.json', import.meta.url), 'utf8'),
  ) as { cases: TrainingCase[] };
  const factories: Readonly<Record<string, (options: never) => Layer>> = {
    lstm,
    gru,
    simpleRnn,
    dense,
    embedding,
    bidirectional: ({ layer, ...options }: { layer: Named }) => bidirectional(made(layer), options),
  };
  const made = ({ name, ...options }: Named): Layer => (factories[name] as (options: object) => Layer)(options);
  const optimizers = { adam, adamw, rmsprop, sgd } as unknown as Record<string, (options: object) => Optimizer>;

  /** Parameters by the names of the file: `1.forward.kernel` is `forward/kernel` of layer 1. */
  const parametersOf = (layers: readonly Layer[], names: readonly string[]): Map<string, Parameter> =>
    new Map(
      names.map((name) => {
        const [index = '', ...path] = name.split('.');
        const found = layers[Number(index)]?.parameters.find((each) => each.name.endsWith(`/${path.join('/')}`));
        return [name, found as Parameter];
      }),
    );
  const expectClose = (found: ArrayLike<number>, wanted: Entry, what: string): void => {
    wanted.data.forEach((value, i) => {
      const limit = 2e-5 + 1e-4 * Math.abs(value);
      expect(Math.abs((found[i] as number) - value), `${what}[${i}]: ${found[i]}, not ${value}`).toBeLessThan(limit);
    });
  };

  it.each(cases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    const { x, y } = each.inputs;
    const layers = each.model.map(made);
    const network = sequential(layers);
    network.build([[null, ...x.shape.slice(1)]]);
    const parameters = parametersOf(layers, Object.keys(each.weights));
    for (const [name, parameter] of parameters) {
      const { data, shape } = each.weights[name] as Entry;
      parameter.assign(hostArray(Float32Array.from(data), shape));
    }
    const { name, ...options } = each.optimizer;
    const optimizer = (optimizers[name] as (options: object) => Optimizer)(options);
    const trainer = compile(network, { optimizer, loss: each.loss });
    const inputs = hostArray(
      layers[0]?.type === 'embedding' ? Int32Array.from(x.data) : Float32Array.from(x.data),
      x.shape,
    );
    const fitted = { epochs: each.outputs.loss.data.length, batchSize: x.shape[0] ?? 0, shuffle: false };
    const { history } = await trainer.fit(inputs, hostArray(Float32Array.from(y.data), y.shape), fitted);
    expectClose(history['loss'] ?? [], each.outputs.loss, 'loss');
    expectClose((await trainer.predict(inputs)).data, each.outputs.prediction, 'prediction');
    for (const [path, parameter] of parameters) {
      expectClose(parameter.value.dataSync(), each.finalWeights[path] as Entry, path);
    }
  });
});

describe('fit', () => {
  it('learns a line', async () => {
    const trainer = lineTrainer();
    const history = await trainer.fit(line.x, line.y, { epochs: 150, batchSize: 5 });
    expect(history.epochs).toHaveLength(150);
    expect(history.reason).toBe('finished');
    expect(history.history['loss']?.at(-1)).toBeLessThan(1e-4);
    const prediction = await trainer.predict([[3], [4]]);
    expect(prediction.shape).toEqual([2, 1]);
    expect(prediction.data[0]).toBeCloseTo(7, 1);
  }, 30_000);

  it('gives the same weights for the same seed, whatever else runs', async () => {
    const run = async (trainer: Trainer): Promise<number[][]> => {
      await trainer.fit(line.x, line.y, { epochs: 5, batchSize: 3, seed: 4 });
      return weightsOf(trainer.network);
    };
    const [first, second] = await Promise.all([run(lineTrainer()), run(lineTrainer())]);
    expect(first).toEqual(second);
    expect(await run(lineTrainer())).toEqual(first);
  });

  it('keeps the samples at the end for validation', async () => {
    const seen: number[] = [];
    const spy: Metric = {
      name: 'spy',
      better: 'lower',
      start: () => ({ add: ({ target }) => void seen.push(...target.data), value: () => 0 }),
    };
    const network = sequential([dense({ units: 1, inputShape: [1] })]);
    const trainer = createTrainer(network, {
      optimizer: sgd({ learningRate: 0 }),
      loss: meanSquaredError,
      metrics: [spy],
    });
    const { history } = await trainer.fit(line.x, line.y, { validationSplit: 0.1, batchSize: 6 });
    expect(seen.slice(-2)).toEqual([expect.closeTo(2.8), expect.closeTo(2.9)]);
    expect([...seen].sort()).toHaveLength(20);
    expect(Object.keys(history)).toEqual(['loss', 'spy', 'valLoss', 'valSpy']);
  });

  it('takes datasets, and steps that go on where an epoch stopped', async () => {
    let opened = 0;
    const dataset = {
      async *[Symbol.asyncIterator]() {
        opened += 1;
        for (let i = 0; i < 4; i++) yield { x: line.x.slice(i * 5, i * 5 + 5), y: line.y.slice(i * 5, i * 5 + 5) };
      },
    };
    const trainer = lineTrainer();
    await trainer.fit(dataset, { epochs: 3 });
    expect([opened, trainer.optimizer.iterations]).toEqual([3, 12]);
    await trainer.fit(dataset, { epochs: 2, stepsPerEpoch: 6 });
    expect([opened, trainer.optimizer.iterations]).toEqual([6, 24]);
    expect((await trainer.evaluate(dataset))['loss']).toBeGreaterThan(0);
  });

  it('ends when it is told to', async () => {
    const trainer = lineTrainer();
    const abort = new AbortController();
    const reasons: string[] = [];
    const watcher: Callback = {
      onEpochEnd: (epoch) => {
        if (epoch === 2) abort.abort();
      },
      onTrainEnd: (_, reason) => void reasons.push(reason),
    };
    const aborted = await trainer.fit(line.x, line.y, { epochs: 10, callbacks: [watcher], signal: abort.signal });
    expect([aborted.epochs.length, aborted.reason]).toEqual([3, 'aborted']);
    const stopper: Callback = { onBatchEnd: (_, __, control) => control.stop() };
    const stopped = await trainer.fit(line.x, line.y, { epochs: 10, batchSize: 2, callbacks: [stopper, watcher] });
    expect([stopped.epochs.length, stopped.reason, stopped.history.loss]).toEqual([0, 'stopped', []]);
    const thrower: Callback = {
      onEpochEnd: () => {
        throw new Error('mine');
      },
    };
    await expect(trainer.fit(line.x, line.y, { callbacks: [thrower, watcher] })).rejects.toThrow('mine');
    expect(reasons).toEqual(['aborted', 'stopped', 'error']);
  });

  it('leaves no tensors behind, however it ends', async () => {
    const network = sequential([
      embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
      lstm({ units: 4, dropout: 0.2, recurrentDropout: 0.2, returnSequences: true }),
      dropout({ rate: 0.2 }),
      gru({ units: 3 }),
      dense({ units: 1, activation: 'sigmoid' }),
    ]);
    const trainer = compile(network, {
      optimizer: 'adam',
      loss: 'binaryCrossentropy',
      metrics: ['accuracy', 'precision', 'recall'],
    });
    const x = hostArray(
      Int32Array.from({ length: 60 }, (_, i) => (i * 7) % 9),
      [10, 6],
    );
    const y = Array.from({ length: 10 }, (_, i) => i % 2);
    await trainer.fit(x, y, { batchSize: 4 });
    const before = memory().tensors;
    const best = earlyStopping({ patience: 1, restoreBest: true });
    await trainer.fit(x, y, { epochs: 3, batchSize: 4, validationSplit: 0.2, callbacks: [best] });
    await trainer.evaluate(x, y);
    await trainer.predict(x);
    await trainer.trainOnBatch(x, y);
    await trainer
      .fit(x, y, { callbacks: [{ onBatchEnd: () => Promise.reject(new Error('mine')) }] })
      .catch(() => undefined);
    await trainer.fit(x, y.fill(Number.NaN)).catch(() => undefined);
    expect(memory().tensors).toBe(before);
  });

  it('lets the event loop turn', async () => {
    const network = sequential([lstm({ units: 24, inputShape: [40, 4] }), dense({ units: 1 })]);
    const trainer = compile(network, { optimizer: 'adam', loss: 'mse' });
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await trainer.fit(tensor(new Float32Array(64 * 160), { shape: [64, 40, 4] }), tensor(new Float32Array(64)), {
      batchSize: 4,
    });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it('resumes bit for bit', async () => {
    const make = (): Trainer =>
      createTrainer(sequential([gru({ units: 3, dropout: 0.3, inputShape: [4, 1] }), dense({ units: 1 })]), {
        optimizer: adam({ learningRate: 0.01 }),
        loss: meanSquaredError,
      });
    const x = hostArray(
      Float32Array.from({ length: 48 }, (_, i) => Math.sin(i)),
      [12, 4, 1],
    );
    const y = hostArray(
      Float32Array.from({ length: 12 }, (_, i) => Math.cos(i)),
      [12, 1],
    );
    const whole = make();
    await whole.fit(x, y, { epochs: 4, batchSize: 5 });
    const parts = make();
    await parts.fit(x, y, { epochs: 2, batchSize: 5 });
    const resumed = make();
    resumed.network.build();
    resumed.network.parameters.forEach((parameter, i) => {
      parameter.assign(parts.network.parameters[i]?.value as Tensor);
    });
    const state = Object.entries(parts.optimizer.state()).map(
      ([name, slot]) => [name, hostArray(slot.dataSync(), slot.shape)] as const,
    );
    resumed.optimizer.loadState(Object.fromEntries(state), parts.optimizer.iterations);
    await resumed.fit(x, y, { initialEpoch: 2, epochs: 4, batchSize: 5 });
    expect(weightsOf(resumed.network)).toEqual(weightsOf(whole.network));
  });

  it('stops at the first number that is not finite, with the last finite weights', async () => {
    const trainer = lineTrainer();
    await trainer.fit(line.x, line.y);
    const before = weightsOf(trainer.network);
    const y = line.y.map(([value], i) => [i === 7 ? Number.NaN : (value ?? 0)]);
    const failed = trainer.fit(line.x, y, { batchSize: 20, shuffle: false });
    await expect(failed).rejects.toThrow(NonFiniteError);
    await expect(failed).rejects.toThrowErrorMatchingInlineSnapshot(
      `[NonFiniteError: [fit] loss is NaN and the gradient norm NaN at step 1; the gradient of dense/kernel is not finite; the input ranges from 0 to 0.949999988079071; row 7 of y holds NaN. Training stops at the first number that is not finite; the weights are the last finite ones. Clean the data.]`,
    );
    expect(weightsOf(trainer.network)).toEqual(before);
    const huge = lineTrainer(1e25);
    await expect(huge.fit(line.x, line.y, { epochs: 9, batchSize: 20, shuffle: false })).rejects.toThrow(
      /^\[fit\] loss is \S+ and the gradient norm \S+ at step \d/,
    );
  });
});

describe('several inputs and outputs', () => {
  it('train with a loss for each', async () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [3, 1] })];
    const joined = concatenate().apply([a, lstm({ units: 4 }).apply(b)]);
    const network = model({
      inputs: [a, b],
      outputs: [dense({ units: 1 }).apply(joined), dense({ units: 2, activation: 'softmax' }).apply(joined)],
    });
    const trainer = compile(network, {
      optimizer: 'adam',
      loss: ['mse', 'sparseCategoricalCrossentropy'],
      lossWeights: [1, 0.5],
      metrics: ['mse'],
    });
    const x = [hostArray(new Float32Array(8).fill(1), [4, 2]), hostArray(new Float32Array(12).fill(1), [4, 3, 1])];
    const y = [hostArray([1, 2, 3, 4]), hostArray([0, 1, 0, 1])];
    await expect(trainer.fit(x, y)).rejects.toThrow('[mse] prediction is [4, 2], target is [4].');
    const plain = compile(network, { optimizer: 'adam', loss: ['mse', 'sparseCategoricalCrossentropy'] });
    const { history } = await plain.fit(x, y, { epochs: 3 });
    expect(history['loss']?.[2]).toBeLessThan(history['loss']?.[0] ?? 0);
    expect((await plain.predictAll(x)).map(({ shape }) => shape)).toEqual([
      [4, 1],
      [4, 2],
    ]);
  });
});

describe('masks', () => {
  it('reach loss and metrics', async () => {
    const network = sequential([
      embedding({ inputDim: 5, outputDim: 3, maskZero: true }),
      lstm({ units: 3, returnSequences: true }),
      dense({ units: 2, activation: 'softmax' }),
    ]);
    const trainer = compile(network, {
      optimizer: 'sgd',
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    });
    const [short, padded] = [[[1, 2]], [[1, 2, 0, 0]]];
    const expected = await trainer.evaluate(tensor(short, { dtype: 'int32' }), tensor([[1, 0]]));
    const found = await trainer.evaluate(tensor(padded, { dtype: 'int32' }), tensor([[1, 0, 1, 1]]));
    expect(found['loss']).toBeCloseTo(expected['loss'] ?? 0, 6);
    expect(found['accuracy']).toBe(expected['accuracy']);
  });

  it('come with the batches of a dataset too', async () => {
    const make = (): Trainer =>
      compile(sequential([lstm({ units: 3, inputShape: [null, 1] }), dense({ units: 1 })]), {
        optimizer: 'sgd',
        loss: 'mse',
      });
    const [short, padded] = [make(), make()];
    await short.fit([{ x: [[[1], [2]]], y: [1] }], { epochs: 2 });
    const x = [[[1], [2], [Number.NaN]]];
    const batch = { x, y: [1], mask: [[1, 1, 0]] };
    await padded.fit([batch], { epochs: 2 });
    expect(weightsOf(padded.network)).toEqual(weightsOf(short.network));
    expect(await padded.evaluate([batch])).toEqual(await short.evaluate([{ x: [[[1], [2]]], y: [1] }]));
    await expect(padded.fit([{ ...batch, mask: [[1, 1]] }])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: [lstm] mask is [1, 2]. A mask is 0/1 [batch, time] = [1, 3]. Check mask.]`,
    );
  });
});

describe('earlyStopping', () => {
  it('restores the best weights however training ended', async () => {
    for (const mode of ['epochs', 'abort', 'error', 'stop', 'not finite'] as const) {
      const trainer = lineTrainer(0.3);
      const abort = new AbortController();
      const best: { loss: number; weights: number[][] }[] = [];
      const recorder: Callback = {
        onEpochEnd(epoch, logs, control) {
          best.push({ loss: logs['valLoss'] ?? 0, weights: weightsOf(trainer.network) });
          trainer.optimizer.learningRate = epoch < 3 ? 0.3 : 2.2; // then it diverges
          if (epoch === 6 && mode === 'abort') abort.abort();
          if (epoch === 6 && mode === 'error') throw new Error('mine');
          if (epoch === 6 && mode === 'stop') control.stop();
          if (epoch === 6 && mode === 'not finite') trainer.optimizer.learningRate = 1e30;
        },
      };
      const stopping = earlyStopping({ patience: 20, restoreBest: true });
      const ended = trainer
        .fit(line.x, line.y, {
          epochs: mode === 'not finite' ? 99 : 8,
          batchSize: 8,
          validationSplit: 0.2,
          callbacks: [stopping, recorder],
          signal: abort.signal,
        })
        .then(({ reason }) => reason)
        .catch((error) => (error instanceof NonFiniteError ? 'not finite' : 'error'));
      const reasons = {
        epochs: 'finished',
        abort: 'aborted',
        error: 'error',
        stop: 'stopped',
        'not finite': 'not finite',
      };
      expect(await ended).toBe(reasons[mode]);
      const wanted = best.reduce((least, each) => (each.loss < least.loss ? each : least));
      expect(wanted).not.toBe(best.at(-1));
      expect(weightsOf(trainer.network), mode).toEqual(wanted.weights);
    }
  });

  it('stops after patience epochs', async () => {
    const trainer = lineTrainer(0);
    const options = { epochs: 50, validationSplit: 0.2 };
    const history = await trainer.fit(line.x, line.y, { ...options, callbacks: [earlyStopping({ patience: 3 })] });
    expect([history.epochs.length, history.reason]).toEqual([4, 'stopped']);
    await expect(
      trainer.fit(line.x, line.y, { callbacks: [earlyStopping()] }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [earlyStopping] there is no log valLoss. Logs are loss. Give fit validationData or validationSplit.]`,
    );
  });
});

it('reduceLearningRate reduces on a plateau', async () => {
  const trainer = lineTrainer(0);
  trainer.optimizer.learningRate = 0;
  const rates: number[] = [];
  const recorder: Callback = { onEpochEnd: () => void rates.push(trainer.optimizer.learningRate) };
  const callbacks = [
    reduceLearningRate({ monitor: 'loss', patience: 2, factor: 0.5, minLearningRate: 0.25, minDelta: 1e9 }),
    recorder,
  ];
  trainer.optimizer.learningRate = 1e-9;
  await trainer.fit(line.x, line.y, { epochs: 4, callbacks });
  expect(rates).toEqual([1e-9, 1e-9, 0.25, 0.25]);
});

describe('stream', () => {
  it('gives step by step what predict gives', async () => {
    const network = sequential([
      gru({ units: 4, returnSequences: true, inputShape: [5, 2] }),
      lstm({ units: 3, returnSequences: true }),
      dense({ units: 2, activation: 'softmax' }),
    ]);
    const trainer = compile(network, { optimizer: 'sgd', loss: 'mse' });
    const x = hostArray(
      Float32Array.from({ length: 10 }, (_, i) => Math.sin(i)),
      [1, 5, 2],
    );
    const expected = await trainer.predict(x);
    const stream = trainer.stream();
    for (let t = 0; t < 5; t++) {
      const output = stream.step(x.data.slice(2 * t, 2 * t + 2) as Float32Array);
      expect(output[0]).toBeCloseTo(expected.data[2 * t] ?? 0, 6);
    }
    stream.dispose();
  });
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

it('a loss of your own is a function', async () => {
  const network = sequential([dense({ units: 1, inputShape: [1] })]);
  const loss = (prediction: Tensor, target: Tensor): Tensor =>
    add(meanSquaredError(prediction, target), mul(0, meanSquaredError(prediction, target)));
  const trainer = createTrainer(network, { optimizer: sgd(), loss });
  expect((await trainer.trainOnBatch(line.x, line.y))['loss']).toBeGreaterThan(0);
});
