import { normal, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { saveModel } from '@lstm/io';
import { dense, sequential } from '@lstm/layers';
import { sgd } from '@lstm/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { line, lineTrainer, weightsOf } from '../test/line.ts';
import {
  type Callback,
  checkpoint,
  compile,
  type EpochHistory,
  earlyStopping,
  loadTrainer,
  reduceLearningRate,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

/** Targets with so much noise that the loss of the validation part goes up and down. */
const noisy = line.y.map(([value = 0], i) => [value + 3 * (normal(20, { seed: 4, name: 'noise' })[i] ?? 0)]);
const options = { epochs: 30, batchSize: 4, validationSplit: 0.3 };

/** Callbacks that remember, and the epochs that the first of them saved. */
function callbacks(): { readonly list: readonly Callback[]; readonly saved: number[] } {
  const saved: number[] = [];
  const save = (epoch: number): void => void saved.push(epoch);
  const list = [
    checkpoint({ save }),
    earlyStopping({ patience: 6 }),
    reduceLearningRate({ monitor: 'valLoss', patience: 2, factor: 0.5 }),
  ];
  return { list, saved };
}

const start = () =>
  compile(sequential([dense({ units: 1, inputShape: [1] })]), {
    optimizer: sgd({ learningRate: 0.4 }),
    loss: 'mse',
  });

describe('fit with the history of an earlier one', () => {
  it('ends as if training had not been interrupted, after whichever epoch it was', async () => {
    const whole = start();
    const watching = callbacks();
    const files: Uint8Array[] = [];
    // Before the others: what they change after an epoch is saved all the same.
    const backup = checkpoint({
      saveBestOnly: false,
      async save(_, __, { history }) {
        files.push(await whole.save({ history }));
      },
    });
    const expected = await whole.fit(line.x, noisy, { ...options, callbacks: [backup, ...watching.list] });
    // All three have something to do, and to remember.
    expect(expected.reason).toBe('stopped');
    expect(expected.epochs.length).toBeLessThan(options.epochs);
    expect(watching.saved.length).toBeGreaterThan(2);
    expect(whole.optimizer.learningRate).toBeLessThan(0.2);

    for (const [epoch, bytes] of files.entries()) {
      const { trainer, history } = loadTrainer(bytes, { loss: 'mse' });
      const again = callbacks();
      expect(await trainer.fit(line.x, noisy, { ...options, history, callbacks: again.list })).toEqual(expected);
      expect(weightsOf(trainer.network)).toEqual(weightsOf(whole.network));
      expect(again.saved).toEqual(watching.saved.filter((each) => each > epoch));
      expect(trainer.optimizer.learningRate).toBe(whole.optimizer.learningRate);
    }
  });

  it('goes on after every batch at which training may be aborted', async () => {
    const whole = lineTrainer();
    const data = { epochs: 2, batchSize: 4 };
    await whole.fit(line.x, line.y, data);
    const steps = 5;
    for (let batch = 0; batch < 2 * steps; batch++) {
      const trainer = lineTrainer();
      const abort = new AbortController();
      let seen = 0;
      const callback: Callback = {
        onBatchEnd() {
          if (seen++ === batch) abort.abort();
        },
      };
      const history = await trainer.fit(line.x, line.y, { ...data, signal: abort.signal, callbacks: [callback] });
      const { iterations } = trainer.optimizer;
      const [initialEpoch, initialBatch] = [Math.floor(iterations / steps), iterations % steps];
      await trainer.fit(line.x, line.y, { ...data, history, initialEpoch, initialBatch });
      expect(weightsOf(trainer.network), `batch ${batch}`).toEqual(weightsOf(whole.network));
    }
  });

  it('leaves the history it was given as it is', async () => {
    const trainer = lineTrainer();
    const first = await trainer.fit(line.x, line.y, { epochs: 2 });
    const both = await trainer.fit(line.x, line.y, { epochs: 3, history: first });
    expect(first.epochs).toEqual([0, 1]);
    expect(both.epochs).toEqual([0, 1, 2]);
    expect(both.history.loss.slice(0, 2)).toEqual(first.history.loss);
    expect(first.history.loss).toHaveLength(2);
    // Where nothing is left to do nothing is done.
    expect(await trainer.fit(line.x, line.y, { epochs: 3, history: both })).toEqual(both);
  });

  it('keeps values beside their epochs where a log comes or goes, and counts no epoch that had none', async () => {
    const trainer = lineTrainer();
    const plain = await trainer.fit(line.x, line.y, { epochs: 4 });
    const validated = await trainer.fit(line.x, line.y, { epochs: 5, history: plain, validationSplit: 0.2 });
    expect(validated.history['valLoss']).toEqual([...Array(4).fill(Number.NaN), expect.any(Number)]);
    const stopping = earlyStopping({ patience: 2 });
    const more = { epochs: 8, history: validated, validationSplit: 0.2, callbacks: [stopping] };
    expect((await trainer.fit(line.x, line.y, more)).reason).toBe('finished');
    const again = await trainer.fit(line.x, line.y, { epochs: 6, history: validated });
    expect(again.history['valLoss']).toEqual([...Array(4).fill(Number.NaN), expect.any(Number), Number.NaN]);
  });

  it('does not stop for epochs that lie behind the best one', async () => {
    const before = { epochs: [0, 1, 2, 3], history: { loss: [1, 2, 2, 0.5] } };
    const stopping = (): Callback => earlyStopping({ monitor: 'loss', patience: 2 });
    const run = (history: EpochHistory) =>
      lineTrainer().fit(line.x, line.y, { epochs: 5, history, callbacks: [stopping()] });
    expect((await run(before)).epochs).toHaveLength(5);
    const worse = { epochs: [0, 1, 2, 3], history: { loss: [0.1, 0.2, 0.3, 0.4] } };
    expect(await run(worse)).toEqual({ ...worse, reason: 'stopped' });
  });

  it('comes back from a file with numbers that JSON has not', async () => {
    const trainer = lineTrainer();
    const history = { epochs: [0, 2], history: { loss: [1, 2], valLoss: [Number.NaN, Number.POSITIVE_INFINITY] } };
    const loaded = loadTrainer(await trainer.save({ history }), { loss: 'mse' });
    expect(loaded.history).toEqual(history);
    expect(loadTrainer(await trainer.save(), { loss: 'mse' }).history).toBeUndefined();
    for (const damaged of [[1], { epochs: [0] }, { epochs: [0], history: { loss: 5 } }]) {
      const bytes = await saveModel(trainer.network, { training: { history: damaged } });
      expect(() => loadTrainer(bytes, { loss: 'mse', optimizer: sgd() })).toThrow('[loadTrainer] history');
    }
  });

  it('refuses what is no history, and epochs that do not follow', async () => {
    const trainer = lineTrainer();
    const history = await trainer.fit(line.x, line.y, { epochs: 2 });
    const refused = async (given: object): Promise<string> =>
      trainer.fit(line.x, line.y, { epochs: 4, ...given }).then(String, (error: Error) => error.message);
    expect(await refused({ history: [1, 2] })).toMatchInlineSnapshot(
      `"[fit] history is [1, 2]. It is what fit resolved to: { epochs: [0, 1], history: { loss: [2, 1] } }. Keep the result of fit and pass it."`,
    );
    expect(await refused({ history: { epochs: [0], history: null } })).toMatchInlineSnapshot(
      `"[fit] history is an object with epochs, history. It is what fit resolved to: { epochs: [0, 1], history: { loss: [2, 1] } }. Keep the result of fit and pass it."`,
    );
    expect(await refused({ history: { epochs: [0], history: {} } })).toMatchInlineSnapshot(
      `"[fit] history.loss is undefined. It is what fit resolved to: { epochs: [0, 1], history: { loss: [2, 1] } }. Keep the result of fit and pass it."`,
    );
    expect(await refused({ history: { epochs: [0, 1], history: { loss: [1] } } })).toMatchInlineSnapshot(
      `"[fit] history.loss holds 1 values for 2 epochs. It is what fit resolved to: { epochs: [0, 1], history: { loss: [2, 1] } }. Keep the result of fit and pass it."`,
    );
    expect(await refused({ history: { epochs: [0], history: { loss: ['1'] } } })).toMatchInlineSnapshot(
      `"[fit] history.loss holds "1". It is what fit resolved to: { epochs: [0, 1], history: { loss: [2, 1] } }. Keep the result of fit and pass it."`,
    );
    expect(await refused({ history: { epochs: ['a'], history: { loss: [1] } } })).toMatchInlineSnapshot(
      `"[fit] history.epochs is "a". history.epochs is an integer of at least 0. Write for example history.epochs: 0."`,
    );
    expect(await refused({ history: { epochs: [1, 1], history: { loss: [1, 2] } } })).toMatchInlineSnapshot(
      `"[fit] epoch 1 follows epoch 1 in history. It is what fit resolved to: { epochs: [0, 1], history: { loss: [2, 1] } }. Keep the result of fit and pass it."`,
    );
    expect(await refused({ history, initialEpoch: 1 })).toMatchInlineSnapshot(
      `"[fit] initialEpoch is 1, and the last epoch of history is 1. Training goes on after it. Leave initialEpoch out, or pass the history of the epochs before it."`,
    );
    expect(await refused({ history, epochs: undefined })).toMatchInlineSnapshot(
      `"[fit] epochs is missing beside history. epochs is the number of all, those of history included. Write for example epochs: 3."`,
    );
    await expect(trainer.save({ history: [1] as never })).rejects.toThrow('[save] history is [1].');
    const { epochs } = await trainer.fit(line.x, line.y, { epochs: 3, history, initialEpoch: 2 });
    expect(epochs).toEqual([0, 1, 2]);
  });
});
