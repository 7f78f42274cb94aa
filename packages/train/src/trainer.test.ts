import { add, hostArray, meanSquaredError, mul, NonFiniteError, type Tensor, tensor, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import {
  concatenate,
  dense,
  dropout,
  embedding,
  gru,
  input,
  lstm,
  model,
  type Network,
  sequential,
} from '@lstm/layers';
import { adam, sgd } from '@lstm/optim';
import { expectNoLeak } from '@lstm/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { line, lineTrainer, weightsOf } from '../test/line.ts';
import {
  type Callback,
  compile,
  createTrainer,
  earlyStopping,
  type Metric,
  type Trainer,
  type TrainingControl,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
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

  it('logs no metric that gives something else than a number', async () => {
    const wordy = { name: 'wordy', better: 'lower', start: () => ({ add: () => undefined, value: () => 'high' }) };
    const trainer = createTrainer(sequential([dense({ units: 1, inputShape: [1] })]), {
      optimizer: sgd(),
      loss: meanSquaredError,
      metrics: [wordy as unknown as Metric],
    });
    await expect(trainer.fit(line.x, line.y)).rejects.toThrow('metric wordy gave "high".');
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

  it('ends when it is told to while a batch is awaited that never comes', async () => {
    const abort = new AbortController();
    const batch = { x: line.x, y: line.y };
    const dataset = {
      async *[Symbol.asyncIterator]() {
        yield batch;
        setTimeout(() => abort.abort(), 5);
        await new Promise(() => undefined);
        yield batch;
      },
    };
    const trainer = lineTrainer();
    const { reason } = await trainer.fit(dataset, { signal: abort.signal });
    expect([reason, trainer.optimizer.iterations]).toEqual(['aborted', 1]);
    expect((await trainer.fit([batch])).reason).toBe('finished');
  });

  it('leaves no tensors behind, however it ends', async () => {
    const network = sequential([
      embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
      lstm({ units: 4, dropout: 0.2, recurrentDropout: 0.2, returnSequences: true }),
      dropout({ rate: 0.2 }),
      gru({ units: 3 }),
      dense({ units: 1, activation: 'sigmoid' }),
    ]);
    const optimizer = adam();
    const trainer = compile(network, {
      optimizer,
      loss: 'binaryCrossentropy',
      metrics: ['accuracy', 'precision', 'recall'],
    });
    const x = hostArray(
      Int32Array.from({ length: 60 }, (_, i) => (i * 7) % 9),
      [10, 6],
    );
    const y = Array.from({ length: 10 }, (_, i) => i % 2);
    const owned = () => [...network.parameters, ...Object.values(optimizer.state())];
    // Not a count of tensors: that falls when garbage of an earlier test is collected.
    await expectNoLeak(
      async () => {
        await trainer.fit(x, y, { batchSize: 4 });
        const best = earlyStopping({ patience: 1, restoreBest: true });
        await trainer.fit(x, y, { epochs: 3, batchSize: 4, validationSplit: 0.2, callbacks: [best] });
        await trainer.evaluate(x, y);
        await trainer.predict(x);
        await trainer.trainOnBatch(x, y);
        await trainer
          .fit(x, y, { callbacks: [{ onBatchEnd: () => Promise.reject(new Error('mine')) }] })
          .catch(() => undefined);
        await trainer.fit(x, y.fill(Number.NaN)).catch(() => undefined);
      },
      { owned },
    );
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

describe('sample weights', () => {
  const make = (): Trainer => {
    const a = input({ shape: [1] });
    const [first, second] = ['first', 'second'].map((name) =>
      dense({ units: 1, name, kernelInitializer: 'zeros' }).apply(a),
    );
    return compile(model({ inputs: a, outputs: [first!, second!] }), {
      optimizer: 'sgd',
      loss: 'mse',
      metrics: ['mse'],
    });
  };
  const x = hostArray([0, 0], [2, 1]);
  const y = [hostArray([1, 1], [2, 1]), hostArray([1, 3], [2, 1])];
  const [ones, other] = [hostArray([1, 1]), hostArray([100, 0])];

  it('count for all outputs, or are one list for each', async () => {
    const batch = { x, y, sampleWeight: [ones, other] };
    const expected = { loss: 1 + 50, loss_first: 1, mse_first: 1, loss_second: 50, mse_second: 1 };
    expect(await make().evaluate(x, y, { sampleWeight: [ones, other] })).toEqual(expected);
    expect(await make().evaluate([batch])).toEqual(expected);
    expect(await make().trainOnBatch(x, y, { sampleWeight: [ones, other] })).toEqual(expected);
    const { history } = await make().fit(x, y, { sampleWeight: [ones, other] });
    expect(history['loss']).toEqual([51]);
    expect(await make().evaluate(x, y, { sampleWeight: [other] })).toEqual(
      await make().evaluate(x, y, { sampleWeight: other }),
    );
    expect((await make().evaluate(x, y, { sampleWeight: other }))['loss']).toBe(100);
  });

  it('are refused when they are others', async () => {
    const three = make().fit(x, y, { sampleWeight: [ones, other, ones] });
    await expect(three).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DataError: [fit] sampleWeight is 3 arrays. There are 2 targets, one for each output. Give one array for all outputs, or one for each.]`,
    );
    const short = make().fit([{ x, y, sampleWeight: [ones, hostArray([1])] }]);
    await expect(short).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DataError: [fit] x holds 2, y holds 2 and 2, sampleWeight holds 2 and 1 samples. Every array holds one entry per sample, along the first axis. Check the shapes.]`,
    );
  });
});

describe('to', () => {
  it('moves what was trained: training goes on as if nothing had happened', async () => {
    const elsewhere = reference();
    const run = async (move: boolean): Promise<number[][]> => {
      const network = sequential([gru({ units: 3, stateful: true }), dense({ units: 1 })]);
      const trainer = compile(network, { optimizer: adam(), loss: 'mse' });
      const [x, y] = [hostArray([1, 2, 3, 4], [2, 2, 1]), hostArray([1, 2], [2, 1])];
      await trainer.trainOnBatch(x, y);
      if (move) await trainer.to(elsewhere);
      await trainer.trainOnBatch(x, y);
      expect(network.parameters.every(({ backend }) => (backend === elsewhere) === move)).toBe(true);
      return weightsOf(network);
    };
    expect(await run(true)).toEqual(await run(false));
  });

  it('waits for no fit', async () => {
    const trainer = lineTrainer();
    const running = trainer.fit(line.x, line.y);
    await expect(trainer.to(reference())).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [to] a fit of this network is running. A network is moved between two fits. Await it first.]`,
    );
    await running;
  });

  it('is told of where the network was moved alone', async () => {
    const trainer = compile(sequential([dense({ units: 1 })]), { optimizer: 'adam', loss: 'mse' });
    await trainer.trainOnBatch([[1]], [1]);
    await trainer.network.to(reference());
    await expect(trainer.trainOnBatch([[1]], [1])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[BackendMismatchError: [adam] dense/kernel was moved to another backend, dense/kernel/m was not. What an optimizer keeps lives where the parameters are. Move both: await trainer.to(backend), or await optimizer.to(backend) after the network.]`,
    );
  });
});

describe('several outputs', () => {
  const a = input({ shape: [1] });
  const made = (names: readonly (string | undefined)[]): Network => {
    const outputs = names.map((name) =>
      dense({ units: 1, ...(name !== undefined && { name }), kernelInitializer: 'zeros' }).apply(a),
    );
    return model({ inputs: a, outputs });
  };
  const network = made([undefined, undefined]);
  const x = hostArray([0, 0], [2, 1]);
  const y = [hostArray([1, 1], [2, 1]), hostArray([1, 3], [2, 1])];

  it('log their losses without factors, and metrics of their own', async () => {
    const trainer = compile(network, {
      optimizer: sgd({ learningRate: 0 }),
      loss: ['mse', 'mae'],
      lossWeights: [1, 0.5],
      metrics: [['mae'], ['mse', 'accuracy']],
    });
    const expected = { loss: 1 + 0.5 * 2, loss_0: 1, mae_0: 1, loss_1: 2, mse_1: 5, accuracy_1: 0 };
    expect(await trainer.evaluate(x, y)).toEqual(expected);
    expect(await trainer.trainOnBatch(x, y)).toEqual(expected);
    let better = {};
    const onTrainBegin = (control: TrainingControl): void => {
      better = control.better;
    };
    const { history } = await trainer.fit(x, y, { validationData: [x, y], callbacks: [{ onTrainBegin }] });
    expect(history).toMatchObject({ loss_1: [2], valLoss_0: [1], valAccuracy_1: [0] });
    expect(Object.keys(better)).toEqual(Object.keys(history));
    expect(better).toMatchObject({ loss_0: 'lower', valLoss_1: 'lower', accuracy_1: 'higher' });
  });

  it('are logged by the names of their layers where all have one', async () => {
    const logs = async (network: Network): Promise<string[]> =>
      Object.keys(await compile(network, { optimizer: 'sgd', loss: 'mse', metrics: ['mae'] }).evaluate(x, y));
    const byName = ['loss', 'loss_sold', 'mae_sold', 'loss_open', 'mae_open'];
    const byNumber = ['loss', 'loss_0', 'mae_0', 'loss_1', 'mae_1'];
    expect(await logs(made(['sold', 'open']))).toEqual(byName);
    expect(await logs(made(['sold', undefined]))).toEqual(byNumber);
    expect(await logs(made(['dense', 'dense_7']))).toEqual(byNumber);
    expect(model({ inputs: a, outputs: a }).outputNames).toEqual([undefined]);
    // Two outputs of one layer have one name.
    const series = input({ shape: [null, 1] });
    const [, ...states] = lstm({ units: 1, returnState: true, name: 'memory' }).applyAll(series);
    const twice = compile(model({ inputs: series, outputs: states }), {
      optimizer: 'sgd',
      loss: 'mse',
      metrics: ['mae'],
    });
    expect(Object.keys(await twice.evaluate(hostArray([1, 2], [2, 1, 1]), y))).toEqual(byNumber);
    const trainer = compile(made(['sold', 'open']), { optimizer: 'sgd', loss: 'mse' });
    const callbacks = [earlyStopping({ monitor: 'valLoss_open' })];
    const { history } = await trainer.fit(x, y, { validationData: [x, y], callbacks });
    expect(Object.keys(history)).toContain('valLoss_sold');
  });

  it('may be those of a sequential network', async () => {
    const states = sequential([gru({ units: 1, returnState: true, inputShape: [null, 1] })]);
    const trainer = compile(states, { optimizer: 'sgd', loss: ['mse', 'mae'] });
    const sequences = hostArray([1, 2], [2, 1, 1]);
    const { history } = await trainer.fit(sequences, y);
    expect(Object.keys(history)).toEqual(['loss', 'loss_0', 'loss_1']);
    await expect(trainer.fit(sequences, y[0]!)).rejects.toThrow('y is one array. The network has 2 outputs.');
  });

  it('may be without a metric, whose output is then not read', async () => {
    const trainer = compile(network, { optimizer: 'sgd', loss: 'mse', metrics: [[], ['mae']] });
    expect(Object.keys(await trainer.evaluate(x, y))).toEqual(['loss', 'loss_0', 'loss_1', 'mae_1']);
  });

  it('have a list each, or one together', async () => {
    const parts = { optimizer: 'sgd', loss: 'mse' } as const;
    expect(() => compile(network, { ...parts, metrics: [['mae'], [], []] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [createTrainer] metrics holds 3 entries. There are 2 outputs. Give one for each.]`,
    );
    expect(() => compile(network, { ...parts, loss: ['mse'] })).toThrow('loss holds 1 entries.');
    expect(() => compile(network, { ...parts, lossWeights: [1] })).toThrow('lossWeights holds 1 entries.');
    const unknown = (loss: ['mse', 'mse']): Trainer => compile(sequential([dense({ units: 1 })]), { ...parts, loss });
    await expect(unknown(['mse', 'mse']).fit(x, y[0]!)).rejects.toThrow('loss holds 2 entries. There is one output.');
    const mixed = ['mae', ['mse']] as never;
    expect(() => compile(network, { ...parts, metrics: mixed })).toThrow('metrics holds what is no metric.');
    expect(() => compile(network, { ...parts, metrics: [['mae', 'mae'], []] })).toThrow('two logs are named mae.');
  });
});

it('a loss of your own is a function', async () => {
  const network = sequential([dense({ units: 1, inputShape: [1] })]);
  const loss = (prediction: Tensor, target: Tensor): Tensor =>
    add(meanSquaredError(prediction, target), mul(0, meanSquaredError(prediction, target)));
  const trainer = createTrainer(network, { optimizer: sgd(), loss });
  expect((await trainer.trainOnBatch(line.x, line.y))['loss']).toBeGreaterThan(0);
});
