import { FormatError, type HostArray, hostArray, permutation, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { saveModel } from '@lstm/io';
import { dense, dropout, lstm, type Network, sequential } from '@lstm/layers';
import { adam, type Optimizer, rmsprop, sgd, warmUpSchedule } from '@lstm/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Batch,
  compile,
  type Dataset,
  type FitOptions,
  loadTrainer,
  reduceLearningRate,
  type Trainer,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const x = Array.from({ length: 10 }, (_, i) => [[Math.sin(i)], [Math.sin(i + 1)], [Math.sin(i + 2)]]);
const y = Array.from({ length: 10 }, (_, i) => [Math.sin(i + 3)]);

const build = (): Network =>
  sequential([lstm({ units: 3, inputShape: [3, 1], dropout: 0.2 }), dropout({ rate: 0.1 }), dense({ units: 1 })]);

async function weightsOf(network: Network): Promise<HostArray['data'][]> {
  return Promise.all(network.parameters.map(({ value }) => value.data()));
}

/** Batches as those of `@lstm/data`: every epoch has its order, and iterating goes on to the next one. */
function shuffled() {
  let passes = 0;
  const epoch = (step: number): Batch[] => {
    const order = permutation(x.length, { seed: 0, name: 'shuffle', step });
    return [0, 4, 8].map((start) => {
      const rows = [...order.subarray(start, start + 4)];
      return { x: rows.map((row) => x[row]!), y: rows.map((row) => y[row]!) };
    });
  };
  return { batchCount: 3, epoch, [Symbol.iterator]: () => epoch(passes++)[Symbol.iterator]() };
}

describe('save and loadTrainer', () => {
  it.each<[string, () => Optimizer]>([
    ['adam', () => adam({ learningRate: 0.01, clipNorm: 1 })],
    [
      'sgd with a schedule',
      () => sgd({ learningRate: warmUpSchedule({ warmUpSteps: 9, schedule: 0.1 }), momentum: 0.9 }),
    ],
    ['rmsprop', () => rmsprop({ centered: true })],
  ])('go on bit for bit where training stopped: %s', async (_, optimizer) => {
    const batch = { batchSize: 4 };
    const whole = compile(build(), { optimizer: optimizer(), loss: 'mse' });
    await whole.fit(x, y, { ...batch, epochs: 4 });
    const first = compile(build(), { optimizer: optimizer(), loss: 'mse' });
    await first.fit(x, y, { ...batch, epochs: 2 });
    const { trainer } = loadTrainer(await first.save(), { loss: 'mse', metrics: ['mae'] });
    await trainer.fit(x, y, { ...batch, initialEpoch: 2, epochs: 4 });
    expect(await weightsOf(trainer.network)).toEqual(await weightsOf(whole.network));
  });

  it.each<[string, () => Dataset, number | undefined]>([
    ['that knows its epochs', shuffled, undefined],
    ['that knows its epochs, in epochs of 2 of its 3', shuffled, 2],
    ['that is an array, in epochs of 2 of its 3', () => [...shuffled().epoch(0)], 2],
  ])('go on bit for bit with a dataset: %s', async (_, dataset, stepsPerEpoch) => {
    const steps = stepsPerEpoch === undefined ? {} : { stepsPerEpoch };
    const compiled = () => compile(build(), { optimizer: 'adam', loss: 'mse' });
    const [whole, first] = [compiled(), compiled()];
    await whole.fit(dataset(), { ...steps, epochs: 4 });
    const same = dataset();
    await first.evaluate(same);
    await first.fit(same, { ...steps, epochs: 1 });
    const { trainer } = loadTrainer(await first.save(), { loss: 'mse' });
    await trainer.fit(same, { ...steps, initialEpoch: 1, epochs: 4 });
    expect(await weightsOf(trainer.network)).toEqual(await weightsOf(whole.network));
  });

  it.each<[string, () => Dataset | undefined]>([
    ['arrays', () => undefined],
    ['a dataset', shuffled],
  ])('go on bit for bit in the middle of an epoch: %s', async (_, dataset) => {
    const run = (trainer: Trainer, options: FitOptions) => {
      const batches = dataset();
      return batches ? trainer.fit(batches, options) : trainer.fit(x, y, { ...options, batchSize: 4 });
    };
    const compiled = () => compile(build(), { optimizer: 'adam', loss: 'mse' });
    const [whole, first] = [compiled(), compiled()];
    await run(whole, { epochs: 3 });
    const controller = new AbortController();
    const onBatchEnd = (): void => {
      if (first.optimizer.iterations > 3) controller.abort();
    };
    const { reason } = await run(first, { epochs: 3, callbacks: [{ onBatchEnd }], signal: controller.signal });
    const { iterations } = first.optimizer;
    expect([reason, iterations % 3 > 0]).toEqual(['aborted', true]);
    const { trainer } = loadTrainer(await first.save(), { loss: 'mse' });
    const seen: number[] = [];
    await run(trainer, {
      epochs: 3,
      initialEpoch: Math.floor(iterations / 3),
      initialBatch: iterations % 3,
      callbacks: [{ onBatchEnd: (batch) => void seen.push(batch) }],
    });
    expect(seen[0]).toBe(iterations % 3);
    expect(await weightsOf(trainer.network)).toEqual(await weightsOf(whole.network));
  });

  it('tell when no batch is left', async () => {
    const trainer = compile(build(), { optimizer: 'adam', loss: 'mse' });
    const done = trainer.fit(x, y, { batchSize: 4, initialBatch: 3 });
    await expect(done).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [fit] initialBatch is 3, and no batch is left. It is below the number of batches in an epoch. When the epoch was finished, give the next one as initialEpoch.]`,
    );
    expect(trainer.optimizer.iterations).toBe(0);
  });

  it('go on bit for bit with layers that were built before they joined the network', async () => {
    const joined = (): Network => {
      const body = build();
      body.build();
      return sequential([body, dense({ units: 1, name: 'head' })]);
    };
    const [whole, first] = [joined(), joined()].map((network) => compile(network, { optimizer: 'adam', loss: 'mse' }));
    await whole!.fit(x, y, { epochs: 2 });
    await first!.fit(x, y, { epochs: 1 });
    const { trainer } = loadTrainer(await first!.save(), { loss: 'mse' });
    await trainer.fit(x, y, { initialEpoch: 1, epochs: 2 });
    expect(await weightsOf(trainer.network)).toEqual(await weightsOf(whole!.network));
  });

  it('go on bit for bit where single parameters are frozen', async () => {
    const frozen = (): Network => {
      const network = build();
      network.parameters[1]!.trainable = false;
      return network;
    };
    const [whole, first] = [frozen(), frozen()].map((network) => compile(network, { optimizer: 'adam', loss: 'mse' }));
    await whole!.fit(x, y, { epochs: 2 });
    await first!.fit(x, y, { epochs: 1 });
    const { trainer } = loadTrainer(await first!.save(), { loss: 'mse' });
    await trainer.fit(x, y, { initialEpoch: 1, epochs: 2 });
    expect(await weightsOf(trainer.network)).toEqual(await weightsOf(whole!.network));
  });

  it('go on bit for bit in the middle of sequences whose states are carried', async () => {
    const stateful = (): Network =>
      sequential([lstm({ units: 3, inputShape: [2, 1], stateful: true }), dense({ units: 1 })]);
    const wave = (from: number) => hostArray([from, from + 1, from + 5, from + 6].map(Math.sin), [2, 2, 1]);
    const compiled = () => compile(stateful(), { optimizer: adam({ learningRate: 0.1 }), loss: 'mse' });
    const whole = compiled();
    for (const from of [0, 2, 4]) await whole.trainOnBatch(wave(from), [0, 1]);
    const first = compiled();
    for (const from of [0, 2]) await first.trainOnBatch(wave(from), [0, 1]);
    const { trainer } = loadTrainer(await first.save(), { loss: 'mse' });
    await trainer.trainOnBatch(wave(4), [0, 1]);
    expect(await weightsOf(trainer.network)).toEqual(await weightsOf(whole.network));
    trainer.network.resetStates();
    await trainer.trainOnBatch(wave(6), [0, 1]);
    await whole.trainOnBatch(wave(6), [0, 1]);
    expect(await weightsOf(trainer.network)).not.toEqual(await weightsOf(whole.network));
  });

  it('starts the moments of another optimizer anew, and counts on', async () => {
    const first = compile(build(), { optimizer: 'adam', loss: 'mse' });
    await first.fit(x, y, { batchSize: 5 });
    const { trainer } = loadTrainer(await first.save(), { loss: 'mse', optimizer: sgd({ momentum: 0.9 }) });
    await trainer.fit(x, y, { batchSize: 5, initialEpoch: 1, epochs: 2 });
    expect(trainer.optimizer.iterations).toBe(4);
  });

  it('keeps a learning rate that a callback changed, and what you add', async () => {
    const model = compile(build(), { optimizer: adam({ learningRate: 0.5 }), loss: 'mse' });
    const callbacks = [reduceLearningRate({ monitor: 'loss', patience: 1, minDelta: 100, factor: 0.1 })];
    await model.fit(x, y, { epochs: 2, callbacks });
    const { trainer, extra } = loadTrainer(await model.save({ extra: { words: ['a', 'b'] } }), { loss: 'mse' });
    expect(trainer.optimizer.learningRate).toBe(model.optimizer.learningRate);
    expect(trainer.optimizer.learningRate).toBeLessThan(0.5);
    expect(extra).toEqual({ words: ['a', 'b'] });
  });

  it('holds weights and optimizer of one moment, also when training goes on while they are read', async () => {
    const model = compile(build(), { optimizer: adam({ learningRate: 0.1 }), loss: 'mse' });
    await model.fit(x, y);
    const before = await weightsOf(model.network);
    const saving = model.save();
    const { parameters } = model.network;
    model.optimizer.step(
      parameters,
      parameters.map(({ value }) => value),
    );
    const { trainer } = loadTrainer(await saving, { loss: 'mse' });
    expect(await weightsOf(trainer.network)).toEqual(before);
    expect(await weightsOf(model.network)).not.toEqual(before);
    expect([trainer.optimizer.iterations, model.optimizer.iterations]).toEqual([1, 2]);
  });

  it('takes an optimizer of your own, with the state of the file', async () => {
    const model = compile(build(), { optimizer: adam(), loss: 'mse' });
    await model.fit(x, y);
    const optimizer = adam({ learningRate: 7 });
    const { trainer } = loadTrainer(await model.save(), { optimizer, loss: 'mse' });
    expect([trainer.optimizer, optimizer.iterations, optimizer.learningRate]).toEqual([optimizer, 1, 7]);
  });

  it('goes on with a schedule of your own that is given again, and asks for it', async () => {
    const optimizer = () => adam({ learningRate: (step) => 0.1 / (step + 1) });
    const whole = compile(build(), { optimizer: optimizer(), loss: 'mse' });
    await whole.fit(x, y, { epochs: 3 });
    const half = compile(build(), { optimizer: optimizer(), loss: 'mse' });
    await half.fit(x, y, { epochs: 1 });
    const bytes = await half.save();
    const { trainer } = loadTrainer(bytes, { loss: 'mse', optimizer: optimizer() });
    await trainer.fit(x, y, { initialEpoch: 1, epochs: 3 });
    expect(await weightsOf(trainer.network)).toEqual(await weightsOf(whole.network));
    expect(() => loadTrainer(bytes, { loss: 'mse' })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [scheduleFromConfig] the schedule was a function of your own. A config holds no code. Make the optimizer again with it, as in loadTrainer(bytes, { loss, optimizer: adam({ learningRate: … }) }).]`,
    );
  });

  it('teaches what is missing', async () => {
    const bytes = await saveModel(build());
    expect(() => loadTrainer(bytes, { loss: 'mse' })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [loadTrainer] the file holds no optimizer. save of a trainer writes one, saveModel does not. Give one: loadTrainer(bytes, { optimizer: adam(), loss: 'mse' }).]`,
    );
    expect(() => loadTrainer(new Uint8Array(3), { loss: 'mse' })).toThrow(FormatError);
    const unknown = { loss: 'mse', los: 1 } as unknown as { loss: 'mse' };
    expect(() => loadTrainer(bytes, unknown)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [loadTrainer] option los is unknown. Options are optimizer, loss, lossWeights, metrics, layers. Did you mean loss?]`,
    );
    await expect(() =>
      compile(build(), { optimizer: 'adam', loss: 'mse' }).save({ extras: 1 } as object),
    ).rejects.toThrow('option extras is unknown');
  });
});
