import { type Backend, type HostArray, hostArray, memory, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import {
  bidirectional,
  concatenate,
  dense,
  dropout,
  embedding,
  flatten,
  gru,
  input,
  layerNormalization,
  lstm,
  lstmCell,
  masking,
  model,
  type Network,
  repeatVector,
  rnn,
  sequential,
  simpleRnn,
  timeDistributed,
} from '@lstm/layers';
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  type Optimizer,
  rmsprop,
  scaleByAdam,
  sgd,
  transformOptimizer,
} from '@lstm/optim';
import { deferredBackend, leakCheckedBackend } from '@lstm/testing';
import { type Callback, compile, earlyStopping, type LossName, reduceLearningRate, type Trainer } from '@lstm/train';
import { beforeAll, describe, expect, it, vi } from 'vitest';

beforeAll(() => {
  // Garbage collection frees nothing here: what nobody disposes stays, and the proxies see it.
  vi.stubGlobal(
    'FinalizationRegistry',
    class {
      register(): void {}
      unregister(): void {}
    },
  );
});

const wave = (shape: number[]): HostArray =>
  hostArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1)),
    shape,
  );
const tokens = hostArray(
  Int32Array.from({ length: 35 }, (_, i) => (i * 3) % 7),
  [7, 5],
);
const bits = hostArray(Float32Array.of(0, 1, 1, 0, 1, 0, 0), [7, 1]);

interface Job {
  readonly network: () => Network;
  readonly optimizer: () => Optimizer;
  readonly loss: LossName;
  readonly x: HostArray | readonly HostArray[];
  readonly y: HostArray | readonly HostArray[];
  /** What takes one step at a time: values of a step. */
  readonly step?: readonly number[];
}

const jobs: Readonly<Record<string, Job>> = {
  'stacked lstm and gru with dropout, adam': {
    network: () =>
      sequential([
        lstm({ units: 3, returnSequences: true, dropout: 0.2, recurrentDropout: 0.2, inputShape: [5, 2] }),
        dropout({ rate: 0.3 }),
        gru({ units: 3 }),
        dense({ units: 1 }),
      ]),
    optimizer: () => adam({ clipNorm: 1 }),
    loss: 'mse',
    x: wave([7, 5, 2]),
    y: wave([7, 1]),
    step: [0.5, 1],
  },
  'masked tokens, bidirectional, adamw': {
    network: () =>
      sequential([
        embedding({ inputDim: 7, outputDim: 3, maskZero: true }),
        bidirectional(lstm({ units: 2, returnSequences: true }), { mergeMode: 'ave' }),
        layerNormalization(),
        bidirectional(gru({ units: 2, resetAfter: false })),
        dense({ units: 1, activation: 'sigmoid' }),
      ]),
    optimizer: () => adamw({ clipValue: 0.5 }),
    loss: 'binaryCrossentropy',
    x: tokens,
    y: bits,
  },
  'tokens of every step, rmsprop': {
    network: () =>
      sequential([
        embedding({ inputDim: 7, outputDim: 3, maskZero: true }),
        simpleRnn({ units: 4, returnSequences: true }),
        timeDistributed(dense({ units: 7, activation: 'softmax' })),
      ]),
    optimizer: () => rmsprop({ centered: true, momentum: 0.5 }),
    loss: 'sparseCategoricalCrossentropy',
    x: tokens,
    y: tokens,
    step: [3],
  },
  'stateful, a last batch that is smaller, sgd': {
    network: () =>
      sequential([
        lstm({ units: 3, stateful: true, returnSequences: true, inputShape: [5, 2] }),
        gru({ units: 2, stateful: true }),
        dense({ units: 1 }),
      ]),
    optimizer: () => sgd({ momentum: 0.9, nesterov: true }),
    loss: 'huber',
    x: wave([7, 5, 2]),
    y: wave([7, 1]),
    step: [0.5, 1],
  },
  'encoder and decoder, two inputs and outputs, transforms': {
    network: () => {
      const [source, other] = [input({ shape: [5, 2] }), input({ shape: [2] })];
      const [y, h, c] = lstm({ units: 3, returnState: true }).applyAll(masking().apply(source));
      const states = [h, c].filter((state) => state !== undefined);
      const start = repeatVector({ n: 3 }).apply(concatenate().apply([y as NonNullable<typeof y>, other]));
      const decoded = lstm({ units: 3, returnSequences: true }).apply(start, { initialState: states });
      const flat = flatten().apply(rnn(lstmCell({ units: 2 }), { returnSequences: true }).apply(decoded));
      return model({ inputs: [source, other], outputs: [dense({ units: 1 }).apply(flat), decoded] });
    },
    optimizer: () => transformOptimizer(chain(clipByGlobalNorm(1), scaleByAdam()), { learningRate: 0.01 }),
    loss: 'mae',
    x: [wave([7, 5, 2]), wave([7, 2])],
    y: [wave([7, 1]), wave([7, 3, 3])],
  },
};

const failing: Callback = { onBatchEnd: () => Promise.reject(new Error('mine')) };

/** Everything that a trainer does, to the end and broken off. */
async function useAll(trainer: Trainer, { x, y, step }: Job): Promise<void> {
  const options = { epochs: 2, batchSize: 4 };
  await trainer.fit(x, y, options);
  const callbacks = [
    earlyStopping({ restoreBest: true, patience: 1 }),
    reduceLearningRate({ monitor: 'loss', patience: 1, minDelta: 1e9 }),
  ];
  await trainer.fit(x, y, { ...options, validationSplit: 0.3, callbacks });
  // A stateful layer takes no larger batches than before.
  trainer.network.resetStates();
  const abort = new AbortController();
  const aborting: Callback = { onBatchEnd: () => abort.abort() };
  await trainer.fit(x, y, { ...options, callbacks: [aborting], signal: abort.signal });
  await expect(trainer.fit(x, y, { ...options, callbacks: [failing] })).rejects.toThrow('mine');
  await expect(
    trainer.fit(x, y, {
      ...options,
      validationData: [x, y],
      callbacks: [{ onEpochEnd: () => Promise.reject(new Error('late')) }],
    }),
  ).rejects.toThrow('late');
  trainer.network.resetStates();
  const batches = {
    async *[Symbol.asyncIterator]() {
      yield { x, y };
      yield { x, y };
    },
  };
  await trainer.fit(batches, { epochs: 2 });
  await trainer.evaluate(x, y, { batchSize: 3 });
  await trainer.evaluate(batches);
  await trainer.predictAll(x, { batchSize: 2 });
  await trainer.trainOnBatch(x, y);
  await trainer.save();
  trainer.network.resetStates();
  if (step === undefined) {
    expect(() => trainer.stream()).toThrow(/cannot be streamed/);
    return;
  }
  const stream = trainer.stream({ sessions: 2 });
  const values = Float32Array.from([...step, ...step]);
  for (let i = 0; i < 3; i++) await stream.stepAsync(values);
  await stream.reset(1);
  stream.writeState(await stream.readState());
  await stream.reset();
  stream.dispose();
}

const backends: Readonly<Record<string, () => Backend>> = {
  'at once': reference,
  'deferring all work': () => deferredBackend(reference()),
  'without fused kernels': () => {
    const { fused: _, ...base } = reference();
    return base;
  },
};

describe.each(Object.entries(backends))('on a backend %s nothing is left, freed twice or used after', (_, create) => {
  it.each(Object.entries(jobs))(
    '%s',
    async (__, job) => {
      const backend = leakCheckedBackend(create());
      await useBackend(backend);
      const before = memory().tensors;
      const network = job.network();
      const optimizer = job.optimizer();
      const trainer = compile(network, {
        optimizer,
        loss: job.loss,
        metrics: ['mse'].slice(0, job.loss === 'sparseCategoricalCrossentropy' ? 0 : 1) as 'mse'[],
      });
      await useAll(trainer, job);
      const settled = memory().tensors;
      await trainer.fit(job.x, job.y, { epochs: 3 });
      network.resetStates();
      expect(memory().tensors).toBe(settled);
      optimizer.dispose();
      network.dispose();
      expect(backend.problems()).toEqual([]);
      expect(memory().tensors).toBe(before);
    },
    30_000,
  );
});

it('what is not finite leaves nothing behind', async () => {
  const backend = leakCheckedBackend(deferredBackend(reference()));
  await useBackend(backend);
  const network = sequential([lstm({ units: 2, inputShape: [5, 2] }), dense({ units: 1 })]);
  const optimizer = adam();
  const trainer = compile(network, { optimizer, loss: 'mse' });
  const y = wave([7, 1]);
  y.data[5] = Number.NaN;
  await expect(trainer.fit(wave([7, 5, 2]), y, { batchSize: 2 })).rejects.toThrow('row 5 of y holds NaN');
  optimizer.dispose();
  network.dispose();
  expect(backend.problems()).toEqual([]);
});
