import { normal, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
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
  type History,
  loadTrainer,
  reduceLearningRate,
} from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

/** Targets with so much noise that the loss of the validation part goes up and down. */
const noisy = line.y.map(([value = 0], i) => [value + 3 * (normal(20, { seed: 4, name: 'noise' })[i] ?? 0)]);
const options = { epochs: 30, batchSize: 4, validationSplit: 0.3 };

/** Callbacks that remember, and the epochs that the last of them saved. */
function callbacks(): { readonly list: readonly Callback[]; readonly saved: number[] } {
  const saved: number[] = [];
  const save = (epoch: number): void => void saved.push(epoch);
  const list = [
    earlyStopping({ patience: 6 }),
    reduceLearningRate({ monitor: 'valLoss', patience: 2, factor: 0.5 }),
    checkpoint({ save }),
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
    const backup = checkpoint({
      saveBestOnly: false,
      async save(_, __, { history }) {
        files.push(await whole.save({ extra: JSON.parse(JSON.stringify(history)) }));
      },
    });
    const expected = await whole.fit(line.x, noisy, { ...options, callbacks: [...watching.list, backup] });
    const last = expected.epochs.length;
    // All three have something to do, and to remember.
    expect(expected.reason).toBe('stopped');
    expect(last).toBeLessThan(options.epochs);
    expect(watching.saved.length).toBeGreaterThan(2);
    expect(whole.optimizer.learningRate).toBeLessThan(0.2);

    for (const [epoch, bytes] of files.entries()) {
      const { trainer, extra } = loadTrainer(bytes, { loss: 'mse' });
      const again = callbacks();
      const history = extra as EpochHistory;
      expect(await trainer.fit(line.x, noisy, { ...options, history, callbacks: again.list })).toEqual(expected);
      expect(weightsOf(trainer.network)).toEqual(weightsOf(whole.network));
      expect(again.saved).toEqual(watching.saved.filter((each) => each > epoch));
      expect(trainer.optimizer.learningRate).toBe(whole.optimizer.learningRate);
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
  });

  it('keeps values beside their epochs where a log comes or goes', async () => {
    const trainer = lineTrainer();
    const validated = await trainer.fit(line.x, line.y, { validationSplit: 0.2 });
    const plain = await trainer.fit(line.x, line.y, { epochs: 2, history: validated });
    const { history } = await trainer.fit(line.x, line.y, { epochs: 3, history: plain, validationSplit: 0.2 });
    expect(history['valLoss']).toEqual([validated.history['valLoss']?.[0], Number.NaN, expect.any(Number)]);
    const late: History = await trainer.fit(line.x, line.y, {
      epochs: 4,
      history: { epochs: [0], history: { loss: [1] } },
      validationSplit: 0.2,
    });
    expect(late.history['valLoss']).toEqual([Number.NaN, ...Array(3).fill(expect.any(Number))]);
  });

  it('refuses what is no history, and an epoch that does not follow', async () => {
    const trainer = lineTrainer();
    const history = await trainer.fit(line.x, line.y, { epochs: 2 });
    const refused = async (given: object): Promise<string> =>
      trainer.fit(line.x, line.y, { epochs: 4, ...given }).then(String, (error: Error) => error.message);
    expect(await refused({ history: [1, 2] })).toMatchInlineSnapshot(
      `"[fit] history is [1, 2]. It is what fit resolved to: { epochs: [0, 1], history: { loss: [2, 1] } }. Keep the result of fit and pass it."`,
    );
    expect(await refused({ history: { epochs: [0], history: { loss: 1 } } })).toMatchInlineSnapshot(
      `"[fit] history is an object with epochs, history. It is what fit resolved to: { epochs: [0, 1], history: { loss: [2, 1] } }. Keep the result of fit and pass it."`,
    );
    expect(await refused({ history: { epochs: [0], history: null } })).toMatchInlineSnapshot(
      `"[fit] history is an object with epochs, history. It is what fit resolved to: { epochs: [0, 1], history: { loss: [2, 1] } }. Keep the result of fit and pass it."`,
    );
    expect(await refused({ history: { epochs: ['a'], history: { loss: [1] } } })).toMatchInlineSnapshot(
      `"[fit] history.epochs is "a". history.epochs is an integer of at least 0. Write for example history.epochs: 0."`,
    );
    expect(await refused({ history, initialEpoch: 1 })).toMatchInlineSnapshot(
      `"[fit] initialEpoch is 1, and the last epoch of history is 1. Training goes on with the epoch after the last one. Leave initialEpoch out, or pass the history of all epochs before it."`,
    );
    const { epochs } = await trainer.fit(line.x, line.y, { epochs: 3, history, initialEpoch: 2 });
    expect(epochs).toEqual([0, 1, 2]);
  });
});
