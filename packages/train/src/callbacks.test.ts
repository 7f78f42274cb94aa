import { hostArray } from '@lstm/core';
import { dense, input, model, sequential } from '@lstm/layers';
import { sgd } from '@lstm/optim';
import { describe, expect, it } from 'vitest';
import { type Callback, checkpoint, compile, earlyStopping, type Logs, type TrainingControl } from './index.ts';

/** Drives a callback through epochs with given values of one log; returns the epoch at which it stopped training. */
async function drive(
  callback: Callback,
  name: string,
  values: readonly number[],
  better: 'lower' | 'higher' = 'lower',
) {
  const network = sequential([dense({ units: 1, inputShape: [1] })]);
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  const optimizer = sgd();
  const history = { epochs: [], history: { loss: [] } };
  const control: TrainingControl = {
    network,
    optimizer,
    epochs: 9,
    batches: 1,
    history,
    better: { [name]: better },
    stop,
  };
  await callback.onTrainBegin?.(control);
  for (const [epoch, value] of values.entries()) {
    await callback.onEpochEnd?.(epoch, { loss: 0, [name]: value }, control);
    await callback.onEpochSettled?.(epoch, { loss: 0, [name]: value }, control);
    if (stopped) return epoch;
  }
  return undefined;
}

describe('earlyStopping', () => {
  it('waits patience epochs for an improvement of more than minDelta', async () => {
    expect(await drive(earlyStopping({ patience: 2 }), 'valLoss', [5, 4, 4.5, 3, 3.5, 3.2])).toBe(5);
    expect(await drive(earlyStopping({ patience: 2, minDelta: 1 }), 'valLoss', [5, 4.5, 4.2, 1])).toBe(2);
    expect(await drive(earlyStopping(), 'valLoss', [5, 4, 3, 3])).toBe(3);
  });

  it('takes more as better where the metric says so, or the option', async () => {
    const options = { monitor: 'accuracy', patience: 1 };
    expect(await drive(earlyStopping(options), 'accuracy', [0.1, 0.2, 0.3, 0.2], 'higher')).toBe(3);
    expect(await drive(earlyStopping({ ...options, mode: 'min' }), 'accuracy', [0.3, 0.2, 0.1, 0.2], 'higher')).toBe(3);
  });

  it('counts epochs above the baseline as no improvement', async () => {
    expect(await drive(earlyStopping({ patience: 3, baseline: 1 }), 'valLoss', [5, 4, 3, 2.5, 2.5])).toBe(4);
    expect(await drive(earlyStopping({ patience: 3, baseline: 1 }), 'valLoss', [5, 0.9, 0.8, 1, 1, 1])).toBe(5);
  });

  it('does not count epochs before startFromEpoch, nor takes one for the best', async () => {
    expect(await drive(earlyStopping({ patience: 2, startFromEpoch: 3 }), 'valLoss', [1, 9, 9, 8, 9, 9])).toBe(5);
    expect(await drive(earlyStopping({ patience: 2, startFromEpoch: 3 }), 'valLoss', [1, 9, 9, 8, 7, 6])).toBe(
      undefined,
    );
  });

  it('never takes NaN for the best', async () => {
    const { NaN: none } = Number;
    expect(await drive(earlyStopping({ patience: 2 }), 'valLoss', [none, 3, none, 2, 3, none])).toBe(5);
  });
});

it('checkpoint saves the best epochs, or all', async () => {
  const saved: number[] = [];
  const save = (epoch: number, _: Logs): void => void saved.push(epoch);
  await drive(checkpoint({ save }), 'valLoss', [3, 4, 2, 2]);
  expect(saved).toEqual([0, 2]);
  await drive(checkpoint({ save, saveBestOnly: false }), 'loss', [3, 4]);
  expect(saved).toEqual([0, 2, 0, 1]);
});

it('a metric of each of several outputs can be watched', async () => {
  const x = input({ shape: [1] });
  const outputs = [0, 1].map(() => dense({ units: 1, activation: 'sigmoid' }).apply(x));
  const trainer = compile(model({ inputs: x, outputs }), {
    optimizer: 'sgd',
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
  const y = [hostArray([0, 1]), hostArray([1, 0])];
  let better: TrainingControl['better'] = {};
  const spy: Callback = {
    onTrainBegin(control) {
      ({ better } = control);
    },
  };
  const { history } = await trainer.fit([[1], [2]], y, { callbacks: [spy], validationData: [[[1], [2]], y] });
  expect(new Set(Object.keys(better))).toEqual(new Set(Object.keys(history)));
  expect(better).toMatchObject({ loss: 'lower', accuracy_1: 'higher', valAccuracy_0: 'higher' });
});
