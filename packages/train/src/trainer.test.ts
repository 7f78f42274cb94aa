import {
  add,
  hostArray,
  type Loss,
  mean,
  meanSquaredError,
  mul,
  NonFiniteError,
  square,
  sub,
  type Tensor,
  tensor,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, dropout, embedding, gru, input, lstm, model, sequential } from '@lstm/layers';
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
  mae,
  type SampleData,
  type Trainer,
  weighted,
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
    const expected = { loss: 1 + 50, loss_first: 1, mse_first: 1, loss_second: 50, mse_second: 5 };
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

  it('count in the metrics that are weighted', async () => {
    const network = sequential([dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' })]);
    const model = compile(network, { optimizer: 'sgd', loss: 'mse', metrics: ['mae', weighted(mae())] });
    const batch = { x: [[0], [0]], y: [1, 4], sampleWeight: [3, 1] };
    const expected = { loss: (3 * 1 + 16) / 2, mae: 2.5, weightedMae: (3 * 1 + 4) / 4 };
    expect(await model.evaluate(batch.x, batch.y, { sampleWeight: batch.sampleWeight })).toEqual(expected);
    const { history } = await model.fit([batch], { validationData: [batch] });
    const weighed = await model.fit([batch], { validationData: [batch.x, batch.y, batch.sampleWeight] });
    const { loss, weightedMae } = await model.evaluate([batch]);
    expect([weighed.history['valLoss'], weighed.history['valWeightedMae']]).toEqual([[loss], [weightedMae]]);
    expect(Object.keys(history)).toEqual(['loss', 'mae', 'weightedMae', 'valLoss', 'valMae', 'valWeightedMae']);
    expect([history['mae'], history['weightedMae']]).toEqual([[expected.mae], [expected.weightedMae]]);
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
    await expect(trainer.trainOnBatch(line.x, line.y)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [trainOnBatch] a fit of this network is running. It changes the same weights. Await it first.]`,
    );
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

it('a loss of your own meets each target with its prediction, also where targets are a flat list', async () => {
  const squares: Loss = (prediction, target) => mean(square(sub(target, prediction)));
  const run = async (loss: Loss, y: SampleData): Promise<number | undefined> => {
    const trainer = createTrainer(sequential([dense({ units: 1 })]), { optimizer: sgd({ learningRate: 0.1 }), loss });
    return (await trainer.fit([[0], [1], [2]], y, { epochs: 3 })).history.loss.at(-1);
  };
  const expected = await run(meanSquaredError, [1, 3, 5]);
  expect(await run(squares, [1, 3, 5])).toBeCloseTo(expected as number, 6);
  expect(await run(squares, [[1], [3], [5]])).toBeCloseTo(expected as number, 6);
});

it('a loss of your own is a function', async () => {
  const network = sequential([dense({ units: 1, inputShape: [1] })]);
  const loss = (prediction: Tensor, target: Tensor): Tensor =>
    add(meanSquaredError(prediction, target), mul(0, meanSquaredError(prediction, target)));
  const trainer = createTrainer(network, { optimizer: sgd(), loss });
  expect((await trainer.trainOnBatch(line.x, line.y))['loss']).toBeGreaterThan(0);
});
