// Training in a real worker: the same as here, whatever happens on the way.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MessagePort as NodeMessagePort, Worker } from 'node:worker_threads';
import {
  BackendError,
  DisposedError,
  hostArray,
  memory,
  NonFiniteError,
  OptionError,
  tensor,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, dropout, gru, input, lstm, model, sequential } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { compile, fitInWorker, serveFit, type Trainer } from '../src/index.ts';
import { weightsOf } from './line.ts';
import { slowing } from './worker/slowing.ts';

const sources = fileURLToPath(new URL('./worker', import.meta.url));
let folder = '';
const workers: Worker[] = [];

beforeAll(async () => {
  await useBackend(reference());
  folder = mkdtempSync(join(tmpdir(), 'fit-in-worker-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  await build({
    entryPoints: ['main.ts', 'worker.ts', 'serve.ts'].map((name) => join(sources, name)),
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@lstm/source'],
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

function start(kind = 'plain'): Worker {
  const worker = new Worker(join(folder, 'serve.js'), { workerData: kind });
  workers.push(worker);
  return worker;
}

const x = Array.from({ length: 10 }, (_, i) => [[i / 10], [(i + 1) / 10], [(i + 2) / 10]]);
const y = Array.from({ length: 10 }, (_, i) => [(i + 3) / 10]);

const kept: unknown[] = [];

/** Holds what a test leaves: collected later on, it would be missing where another test counts tensors. */
function keep<T>(value: T): T {
  kept.push(value);
  return value;
}

const forecaster = (learningRate = 0.01): Trainer =>
  keep(
    compile(sequential([lstm({ units: 3, dropout: 0.2 }), dropout({ rate: 0.1 }), dense({ units: 1 })]), {
      optimizer: adam({ learningRate }),
      loss: 'mse',
      metrics: ['mae'],
    }),
  );

/** Weights, moments, steps and rate. */
const stateOf = ({ network, optimizer }: Trainer): unknown => [
  weightsOf(network),
  Object.fromEntries(Object.entries(optimizer.state()).map(([name, slot]) => [name, [...slot.dataSync()]])),
  optimizer.iterations,
  optimizer.learningRate,
];

it('the example in its doc comment prints what it promises', () => {
  const printed = execFileSync(process.execPath, [join(folder, 'main.js')], { encoding: 'utf8' });
  expect(printed).toBe('epoch 25: loss 19.5\nepoch 50: loss 17.9\n50 finished [ 2, 1 ]\n');
});

describe('fitInWorker', () => {
  it('does what fit does, to the bit, and goes on from there', async () => {
    const options = { epochs: 3, batchSize: 4, validationSplit: 0.2, sampleWeight: y.map((_, i) => 1 + i) };
    const [here, there] = [forecaster(), forecaster()];
    const worker = start();
    const [epochs, batches]: [unknown[], unknown[]] = [[], []];
    const found = await fitInWorker(there, worker, x, y, {
      ...options,
      onEpochEnd: (epoch, logs) => epochs.push([epoch, logs.valMae]),
      onBatchEnd: (batch, logs) => batches.push([batch, typeof logs.loss]),
    });
    const expected = await here.fit(x, y, options);
    expect(found).toEqual(expected);
    expect(epochs).toEqual(expected.history.valMae?.map((mae, epoch) => [epoch, mae]));
    expect(batches).toEqual([0, 1, 0, 1, 0, 1].map((batch) => [batch, 'number']));
    expect(stateOf(there)).toEqual(stateOf(here));
    const again = { epochs: 5, history: expected, validationData: [x, y, y.map((_, i) => 1 + i)] as const };
    expect(await fitInWorker(there, worker, x, y, again)).toEqual(await here.fit(x, y, again));
    expect(stateOf(there)).toEqual(stateOf(here));
  });

  it('takes several inputs, tensors, a mask and carried states', async () => {
    const make = (): Trainer => {
      const [series, facts] = [input({ shape: [null, 1] }), input({ shape: [2] })];
      const read = gru({ units: 2, stateful: true }).apply(series);
      const outputs = [dense({ units: 1 }).apply(read), dense({ units: 1 }).apply(facts)];
      return compile(model({ inputs: [series, facts], outputs }), {
        optimizer: 'rmsprop',
        loss: 'mse',
        metrics: ['mae'],
      });
    };
    const masked = { ...hostArray(x), mask: hostArray(x.map((_, i) => [1, 1, i % 2])) };
    const facts = keep(tensor(x.map((_, i) => [i, 1 - i])));
    const [here, there] = [keep(make()), keep(make())];
    const worker = start();
    for (const epochs of [1, 2]) {
      const options = { epochs, batchSize: 10, shuffle: false };
      const targets = [hostArray(y), hostArray(y)];
      const expected = await here.fit([masked, facts], targets, options);
      expect(await fitInWorker(there, worker, [masked, facts], targets, options)).toEqual(expected);
      expect(stateOf(there)).toEqual(stateOf(here));
    }
    facts.dispose();
  });

  it('trains several at once in one worker and leaves nothing behind', async () => {
    const before = memory().tensors;
    const worker = start('late');
    const trainers = [forecaster(), forecaster(0.1)];
    const [, found] = await Promise.all(trainers.map((each) => fitInWorker(each, worker, x, y, { epochs: 4 })));
    const alone = forecaster(0.1);
    expect(found).toEqual(await alone.fit(x, y, { epochs: 4 }));
    for (const each of [...trainers, alone]) each.dispose();
    expect(memory().tensors).toBe(before);
  });

  it.each(['before it', 'while it runs'])('ends at a signal %s, with the weights so far', async (when) => {
    const stop = new AbortController();
    const trainer = forecaster();
    if (when === 'before it') stop.abort();
    const onBatchEnd = (batch: number): void => {
      if (batch === 2) stop.abort();
    };
    const { reason } = await fitInWorker(trainer, start(), x, y, {
      epochs: 1_000_000,
      batchSize: 1,
      signal: stop.signal,
      onBatchEnd,
    });
    expect(reason).toBe('aborted');
    expect(trainer.optimizer.iterations).toBeLessThan(1000);
    expect((await trainer.predict(x)).data.every(Number.isFinite)).toBe(true);
    expect((await trainer.fit(x, y)).reason).toBe('finished');
  });

  it('ends at a signal while the worker does not serve, and leaves the trainer free', async () => {
    const trainer = forecaster();
    const history = { epochs: [0], history: { loss: [1] } };
    const options = { epochs: 5, history, signal: AbortSignal.timeout(50) };
    expect(await fitInWorker(trainer, start('deaf'), x, y, options)).toEqual({ ...history, reason: 'aborted' });
    expect((await trainer.fit(x, y)).reason).toBe('finished');
  });

  it('leaves no port behind when it ends before the worker has the job', async () => {
    let open = 0;
    const counted = class extends MessageChannel {
      constructor() {
        super();
        for (const port of [this.port1, this.port2]) {
          open++;
          (port as unknown as NodeMessagePort).once('close', () => open--);
        }
      }
    };
    vi.stubGlobal('MessageChannel', counted);
    await fitInWorker(forecaster(), start('deaf'), x, y, { signal: AbortSignal.timeout(20) });
    vi.unstubAllGlobals();
    await vi.waitUntil(() => open === 0);
  });

  it('brings back what callbacks in the worker did', async () => {
    const slower = forecaster(0.01);
    await fitInWorker(slower, start('plateau'), x, y, { epochs: 3 });
    expect(slower.optimizer.learningRate).toBeCloseTo(0.0001, 8);
  });

  it('gives each of several fits at once its own callbacks', async () => {
    const options = { epochs: 30, validationData: [x, y.map(([value = 0]) => [value + 0.2])] as const };
    const run = async (rate: number, worker: Worker): Promise<unknown> => {
      const trainer = forecaster(rate);
      return [await fitInWorker(trainer, worker, x, y, options), stateOf(trainer)];
    };
    const rates = [0.3, 0.02];
    const alone = [await run(0.3, start('early')), await run(0.02, start('early'))];
    const worker = start('early');
    expect(await Promise.all(rates.map((rate) => run(rate, worker)))).toEqual(alone);
  });

  it('trains with an optimizer of the user, at the rate of the page', async () => {
    const make = (): Trainer => {
      const optimizer = slowing();
      optimizer.learningRate = 0.003;
      return compile(sequential([lstm({ units: 2 }), dense({ units: 1 })]), { optimizer, loss: 'mse' });
    };
    const [here, there] = [keep(make()), keep(make())];
    const worker = start('slowing');
    for (let i = 0; i < 2; i++) {
      expect(await fitInWorker(there, worker, x, y)).toEqual(await here.fit(x, y));
      expect(stateOf(there)).toEqual(stateOf(here));
    }
    await expect(fitInWorker(forecaster(), worker, x, y)).rejects.toThrow(
      '[serveFit] optimizer makes one of type transforms, and the page trains with one of type adam.',
    );
    await expect(fitInWorker(make(), start(), x, y)).rejects.toThrow('optimizer: () => … }).');
  });

  it('sends the samples alone, not the memory and the methods beside them', async () => {
    const big = new Float32Array(1000).fill(0.5);
    const sample = { data: big.subarray(10, 40), shape: [10, 3, 1], toString: () => 'mine' };
    const [here, there] = [forecaster(), forecaster()];
    expect(await fitInWorker(there, start(), sample, y)).toEqual(await here.fit(sample, y));
  });

  it('rejects with the errors of fit, as instances of their classes, with the last finite weights', async () => {
    const trainer = forecaster();
    const worker = start();
    await fitInWorker(trainer, worker, x, y);
    const before = stateOf(trainer);
    const bad = x.map((each, i) => (i === 4 ? [[Number.NaN], ...each.slice(1)] : each));
    const error = await fitInWorker(trainer, worker, bad, y, { shuffle: false, batchSize: 10 }).catch((e) => e);
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error).toMatchObject({ code: 'non-finite', where: 'fit', message: expect.stringMatching(/^\[fit\] .*NaN/) });
    expect(stateOf(trainer)).toEqual([...(before as unknown[]).slice(0, 2), 2, 0.01]);
    await expect(fitInWorker(trainer, worker, x, y, { epochs: 0.5 })).rejects.toBeInstanceOf(OptionError);
    await expect(fitInWorker(trainer, start('wrong'), x, y)).rejects.toThrow('[compile] loss is "msee".');
    const bug = await fitInWorker(trainer, start('bug'), x, y).catch((e: unknown) => e);
    expect(bug).toMatchObject({ name: 'TypeError', message: 'a bug', cause: { message: 'its cause' } });
    expect((await fitInWorker(trainer, worker, x, y)).reason).toBe('finished');
  });

  it('stops when a listener throws, and rejects with what it threw', async () => {
    const trainer = forecaster();
    const onEpochEnd = (): void => {
      throw new RangeError('mine');
    };
    await expect(fitInWorker(trainer, start(), x, y, { epochs: 1e9, onEpochEnd })).rejects.toThrow(RangeError);
    const later = async (): Promise<void> => {
      await Promise.resolve();
      throw new RangeError('mine');
    };
    const once = { epochs: 1e9, onEpochEnd: later };
    await expect(fitInWorker(trainer, start(), x, y, once)).rejects.toThrow(RangeError);
    expect(trainer.optimizer.iterations).toBeGreaterThan(0);
  });

  it.each([
    ['broken', '[fitInWorker] the worker failed (no such device).'],
    ['crash', '[fitInWorker] the worker ended.'],
  ])('rejects when the worker is gone: %s', async (kind, message) => {
    const trainer = forecaster();
    await trainer.fit(x, y);
    const before = stateOf(trainer);
    const lost = fitInWorker(trainer, start(kind), x, y, { epochs: 5 });
    await expect(lost).rejects.toThrow(message);
    await expect(lost).rejects.toBeInstanceOf(BackendError);
    expect(stateOf(trainer)).toEqual(before);
    expect((await fitInWorker(trainer, start(), x, y)).reason).toBe('finished');
  });

  it('rejects when the worker is terminated', async () => {
    const worker = start();
    const lost = fitInWorker(forecaster(), worker, x, y, { epochs: 1e9, onEpochEnd: () => void worker.terminate() });
    await expect(lost).rejects.toThrow('[fitInWorker] the worker ended.');
    await expect(fitInWorker(forecaster(), worker, x, y)).rejects.toThrow('[fitInWorker] the worker has ended.');
  });

  it('rejects when the trainer is disposed meanwhile, and leaves nothing behind', async () => {
    const before = memory().tensors;
    const trainer = forecaster();
    const options = { epochs: 1e9, onEpochEnd: () => trainer.dispose() };
    await expect(fitInWorker(trainer, start(), x, y, options)).rejects.toBeInstanceOf(DisposedError);
    expect(memory().tensors).toBe(before);
  });

  it('refuses what it cannot do', async () => {
    const [trainer, worker] = [forecaster(), start()];
    const refused = (options: object): Promise<unknown> => fitInWorker(trainer, worker, x, y, options);
    await expect(refused({ callbacks: [] })).rejects.toThrow(
      'They run in the worker: serveFit({ loss, callbacks: () => [earlyStopping()] }).',
    );
    await expect(fitInWorker(trainer, worker, [{ x, y }] as never, y)).rejects.toThrow('x is a dataset.');
    await expect(refused({ validationData: [{ x, y }] })).rejects.toThrow('validationData is a dataset.');
    await expect(fitInWorker(trainer, x as never, y as never, {} as never)).rejects.toThrow('is no worker.');
    await expect(refused({ signal: 'stop' })).rejects.toThrow('signal is no AbortSignal.');
    await expect(refused({ validationSplit: 0.1, validationData: [x, y] })).rejects.toThrow('both given');
    await expect(fitInWorker(trainer, worker, x.slice(1), y)).rejects.toThrow('x holds 9, y holds 10 samples.');
    const running = refused({ epochs: 2 });
    await expect(trainer.fit(x, y)).rejects.toThrow('a fit of this network is running.');
    await expect(trainer.to(reference())).rejects.toThrow('a fit of this network is running.');
    await running;
    expect(() => serveFit({ loss: 'mse' })).toThrow('[serveFit] this program is no worker.');
    expect(() => serveFit({ loss: 'mse', callbacks: [] as never })).toThrow(
      'Write callbacks: () => [earlyStopping()].',
    );
  });
});
