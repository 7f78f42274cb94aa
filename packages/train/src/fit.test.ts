import {
  DisposedError,
  type HostArray,
  hostArray,
  type Loss,
  meanSquaredError,
  memory,
  mul,
  NonFiniteError,
  type Tensor,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, embedding, flatten, gru, lstm, type Network, sequential } from '@lstm/layers';
import { sgd } from '@lstm/optim';
import { expectNoLeak } from '@lstm/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { weightsOf } from '../test/line.ts';
import {
  type Batch,
  type Callback,
  compile,
  createTrainer,
  earlyStopping,
  type FitOptions,
  type Trainer,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const x = Array.from({ length: 12 }, (_, i) => [i / 12]);
const y = Array.from({ length: 12 }, (_, i) => [i / 6]);

const network = (): Network => sequential([dense({ units: 1, inputShape: [1] })]);
const trainerOf = (net: Network, learningRate = 0.1): Trainer =>
  createTrainer(net, { optimizer: sgd({ learningRate }), loss: meanSquaredError });

const messageOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => '',
    (error: Error) => error.message,
  );

it('rows may be typed arrays', async () => {
  const [plain, typed] = [network(), network()];
  await trainerOf(plain).fit(x, y, { epochs: 2 });
  const rows = (values: readonly number[][]) => values.map((row) => Float32Array.from(row));
  await trainerOf(typed).fit(rows(x), rows(y), { epochs: 2 });
  expect(weightsOf(typed)).toEqual(weightsOf(plain));
  const words = sequential([embedding({ inputDim: 9, outputDim: 2 }), lstm({ units: 1 })]);
  const tokens = [Int32Array.of(1, 8), Int32Array.of(0, 3)];
  await trainerOf(words).fit(tokens, [0, 1]);
  expect((await trainerOf(words).predict(tokens)).shape).toEqual([2, 1]);
});

describe('the first number that is not finite', () => {
  it('names the row of the data, whatever the order of the samples', async () => {
    const bad = x.map((row, i) => (i === 9 ? [Number.NaN] : row));
    for (const seed of [1, 2]) {
      expect(await messageOf(trainerOf(network()).fit(bad, y, { batchSize: 4, seed }))).toContain(
        'row 9 of x holds NaN',
      );
    }
    const target = y.map((row, i) => (i === 8 ? [Number.POSITIVE_INFINITY] : row));
    const options = { batchSize: 2, validationSplit: 0.25 };
    expect(await messageOf(trainerOf(network()).fit(x, target, options))).toContain('row 8 of y holds Infinity');
  });

  it('names the first parameter whose gradient is not finite, though the next step is under way', async () => {
    const net = sequential([dense({ units: 2, inputShape: [1] }), dense({ units: 1, name: 'last' })]);
    // Its value stays finite while the gradient of one step does not.
    let calls = 0;
    const loss = (prediction: Tensor, target: Tensor): Tensor => {
      calls += 1;
      const value = meanSquaredError(prediction, target);
      return calls === 2 ? mul(value, 3e38) : value;
    };
    const trainer = createTrainer(net, { optimizer: sgd({ learningRate: 0.1 }), loss });
    const far = y.map(([value]) => [1e3 + (value ?? 0)]);
    const before = memory().tensors;
    const message = await messageOf(trainer.fit(x, far, { batchSize: 4, shuffle: false }));
    expect(message).toContain('at step 1; the gradient of dense/kernel is not finite; the input ranges from 0.333');
    expect(calls).toBe(3);
    expect(memory().tensors - before).toBe(net.parameters.length);
    for (const { value } of net.parameters) expect([...value.dataSync()].every(Number.isFinite)).toBe(true);
  });
});

describe('the end of training', () => {
  it('is heard by every callback, and the first error wins', async () => {
    const heard: string[] = [];
    const failing = (name: string): Callback => ({
      onTrainEnd(_, reason) {
        heard.push(`${name} ${reason}`);
        throw new Error(`end of ${name}`);
      },
    });
    const callbacks = [failing('a'), failing('b')];
    expect(await messageOf(trainerOf(network()).fit(x, y, { callbacks }))).toBe('end of a');
    const thrower: Callback = { onBatchEnd: () => Promise.reject(new Error('first')) };
    const all = [...callbacks, thrower];
    expect(await messageOf(trainerOf(network()).fit(x, y, { callbacks: all }))).toBe('first');
    expect(heard).toEqual(['a finished', 'b finished', 'a error', 'b error']);
  });

  it('has one history for batches whose number is known and for others', async () => {
    const batches = [1, 2, 3].map(() => ({ x, y }));
    const uncounted = { [Symbol.iterator]: () => batches[Symbol.iterator]() };
    // The batch after is under way as the stop comes.
    for (const [at, epochs] of [
      [0, []],
      [1, [0]],
      [2, [0]],
    ] as const) {
      const stopper: Callback = { onBatchEnd: (batch, _, control) => void (batch === at && control.stop()) };
      for (const dataset of [batches, uncounted]) {
        const history = await trainerOf(network()).fit(dataset, { epochs: 3, callbacks: [stopper] });
        expect([history.reason, history.epochs]).toEqual(['stopped', epochs]);
      }
    }
  });

  it('tells of the first error, not of a dataset that cannot be closed after it', async () => {
    const endless = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: { x, y } }),
        return(): never {
          throw new Error('not closed');
        },
      }),
    };
    const thrower: Callback = { onEpochEnd: () => Promise.reject(new Error('the real one')) };
    const options = { stepsPerEpoch: 2 };
    expect(await messageOf(trainerOf(network()).fit(endless, { ...options, callbacks: [thrower] }))).toBe(
      'the real one',
    );
    expect(await messageOf(trainerOf(network()).fit(endless, options))).toBe('not closed');
  });

  it('tells callbacks how many batches come, where that is known', async () => {
    const heard: (number | undefined)[] = [];
    const listener: Callback = { onTrainBegin: ({ batches }) => void heard.push(batches) };
    const pairs = [
      { x, y },
      { x, y },
    ];
    const counted = { batchCount: 2, [Symbol.iterator]: () => pairs[Symbol.iterator]() };
    const uncounted = { [Symbol.iterator]: () => pairs[Symbol.iterator]() };
    const numbered = { batchCount: 2, epoch: () => pairs };
    for (const dataset of [pairs, counted, uncounted, numbered]) {
      await trainerOf(network()).fit(dataset, { callbacks: [listener] });
    }
    await trainerOf(network()).fit(counted, { stepsPerEpoch: 1, callbacks: [listener] });
    expect(heard).toEqual([2, 2, undefined, 2, 1]);
  });

  it('takes batches by the number of the epoch alone', async () => {
    const asked: number[] = [];
    const dataset = {
      epoch: (number: number) => {
        asked.push(number);
        return [{ x, y }];
      },
    };
    const { epochs } = await trainerOf(network()).fit(dataset, { epochs: 3, initialEpoch: 1, validationData: dataset });
    expect([epochs, asked]).toEqual([
      [1, 2],
      [1, 1, 2, 2],
    ]);
    expect((await trainerOf(network()).evaluate(dataset)).loss).toBeGreaterThan(0);
  });

  it('closes a dataset that was not read to its end', async () => {
    let closed = 0;
    const endless: AsyncIterable<Batch> = {
      async *[Symbol.asyncIterator]() {
        try {
          for (;;) yield { x, y };
        } finally {
          closed += 1;
        }
      },
    };
    await trainerOf(network()).fit(endless, { epochs: 3, stepsPerEpoch: 2 });
    expect(closed).toBe(1);
    const stopper: Callback = { onBatchEnd: (_, __, control) => control.stop() };
    await trainerOf(network()).fit(endless, { callbacks: [stopper] });
    expect(closed).toBe(2);
    const thrower: Callback = { onBatchEnd: () => Promise.reject(new Error('mine')) };
    await trainerOf(network())
      .fit(endless, { callbacks: [thrower] })
      .catch(() => undefined);
    expect(closed).toBe(3);
  });
});

it('a network without trainable parameters is refused', async () => {
  const net = sequential([lstm({ units: 2, inputShape: [3, 1], trainable: false })]);
  const series = [[[1], [2], [3]]];
  expect(await messageOf(trainerOf(net).fit(series, [[1, 2]]))).toMatchInlineSnapshot(
    `"[fit] no parameter of sequential is trainable. Training changes at least one. Set trainable = true on a layer."`,
  );
});

it('a network without parameters predicts on the default backend', async () => {
  const trainer = compile(sequential([flatten({ inputShape: [2, 2] })]), { optimizer: 'sgd', loss: 'mse' });
  const input = hostArray(Float32Array.of(1, 2, 3, 4), [1, 2, 2]);
  const flat = hostArray(input.data, [1, 4]);
  expect(await trainer.predict(input)).toEqual(flat);
  expect(await trainer.evaluate(input, flat)).toEqual({ loss: 0 });
});

describe('a step that fails', () => {
  const series = (first: number): HostArray => hostArray(Float32Array.of(first, 2, 3, 4), [2, 2, 1]);
  const make = (loss: Loss): Trainer => {
    const net = sequential([lstm({ units: 2, stateful: true, inputShape: [2, 1] }), dense({ units: 1 })]);
    return createTrainer(net, { optimizer: sgd({ learningRate: 0.1 }), loss });
  };
  const states = ({ network }: Trainer): number[][] => network.states.map(({ value }) => [...value.dataSync()]);

  it.each([0, 2])('leaves the states of stateful layers as they were after %s batches', async (batches) => {
    let broken = false;
    const loss: Loss = (prediction, target) => {
      if (broken) throw new Error('mine');
      return meanSquaredError(prediction, target);
    };
    const trainer = make(loss);
    for (let i = 0; i < batches; i++) await trainer.trainOnBatch(series(i), [0, 1]);
    const before = states(trainer);
    expect(before).toHaveLength(batches === 0 ? 0 : 2);
    await expectNoLeak(
      async () => {
        await expect(trainer.trainOnBatch(series(Number.NaN), [0, 1])).rejects.toThrow(NonFiniteError);
        expect(states(trainer)).toEqual(before);
        broken = true;
        await expect(trainer.trainOnBatch(series(1), [0, 1])).rejects.toThrow('mine');
        broken = false;
        expect(states(trainer)).toEqual(before);
        const bad = [
          { x: series(Number.NaN), y: [0, 1] },
          { x: series(5), y: [0, 1] },
        ];
        await expect(trainer.fit(bad)).rejects.toThrow(NonFiniteError);
        expect(states(trainer)).toEqual(before);
      },
      { owned: () => [...trainer.network.parameters, ...trainer.network.states] },
    );
    await trainer.trainOnBatch(series(1), [0, 1]);
    expect(states(trainer).flat().every(Number.isFinite)).toBe(true);
  });
});

it('a trainer that is disposed while it trains leaves nothing behind', async () => {
  const make = (): Trainer => {
    const net = sequential([gru({ units: 2, stateful: true, inputShape: [2, 1] }), dense({ units: 1 })]);
    return createTrainer(net, { optimizer: sgd({ learningRate: 0.1 }), loss: meanSquaredError });
  };
  const batch = { x: hostArray(Float32Array.of(1, 2, 3, 4), [2, 2, 1]), y: [0, 1] };
  await expectNoLeak(async () => {
    const trainer = make();
    const abort = new AbortController();
    const ender: Callback = {
      onEpochEnd() {
        abort.abort();
        trainer.dispose();
      },
    };
    const callbacks = [earlyStopping({ monitor: 'loss', restoreBest: true }), ender];
    const { reason } = await trainer.fit([batch], { epochs: 3, callbacks, signal: abort.signal });
    expect(reason).toBe('aborted');
    expect(trainer.network.parameters.some(({ initialized }) => initialized)).toBe(false);
  });
  await expectNoLeak(async () => {
    const trainer = make();
    const validationData = {
      *[Symbol.iterator]() {
        trainer.dispose();
        yield batch;
      },
    };
    await expect(trainer.fit([batch], { validationData })).rejects.toThrow(DisposedError);
    expect(trainer.network.states).toEqual([]);
  });
});

it.each([
  [10, 0.9, 1],
  [10, 0.8, 2],
  [100, 0.07, 93],
  [7, 0.3, 4],
])('of %i samples a validation split of %d leaves %i to train on', async (count, validationSplit, trained) => {
  const trainer = compile(sequential([dense({ units: 1 })]), { optimizer: 'sgd', loss: 'mse' });
  const x = Array.from({ length: count }, (_, i) => [i / count]);
  const counter: Callback = {
    onTrainBegin({ batches }) {
      expect(batches).toBe(trained);
    },
  };
  await trainer.fit(
    x,
    x.map(() => 1),
    { validationSplit, batchSize: 1, callbacks: [counter] },
  );
});

it('an abort ends validation, also while its next batch is awaited', async () => {
  const batch = { x: [[1]], y: [1] };
  for (const stalls of [false, true]) {
    const trainer = compile(sequential([dense({ units: 1 })]), { optimizer: 'sgd', loss: 'mse' });
    const abort = new AbortController();
    let read = 0;
    const validationData = {
      async *[Symbol.asyncIterator]() {
        for (; read < 100; read++) {
          if (read === 3) setTimeout(() => abort.abort());
          if (read === 3 && stalls) await new Promise(() => undefined);
          yield batch;
          await new Promise((resolve) => setTimeout(resolve));
        }
      },
    };
    const { epochs, reason } = await trainer.fit([batch], { epochs: 2, validationData, signal: abort.signal });
    expect([reason, epochs]).toEqual(['aborted', []]);
    expect(read).toBeLessThan(20);
  }
});

it('validation does not disturb the states that stateful layers carry', async () => {
  const wave = (rows: number): HostArray =>
    hostArray(
      Float32Array.from({ length: rows * 2 }, (_, i) => Math.sin(i)),
      [rows, 2, 1],
    );
  const run = async (options: FitOptions): Promise<number[][]> => {
    const stateful = sequential([gru({ units: 2, stateful: true, inputShape: [2, 1] }), dense({ units: 1 })]);
    const trainer = compile(stateful, { optimizer: 'sgd', loss: 'mse' });
    await trainer.fit(wave(4), [1, 0, 1, 0], { epochs: 3, batchSize: 2, shuffle: false, ...options });
    return stateful.parameters.map(({ value }) => [...value.dataSync()]);
  };
  // More rows than a batch of the training has: they start anew.
  expect(await run({ validationData: [{ x: wave(3), y: [1, 2, 3] }] })).toEqual(await run({}));
});
