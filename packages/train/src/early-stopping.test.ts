import { NonFiniteError, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { line, lineTrainer, weightsOf } from '../test/line.ts';
import { type Callback, earlyStopping } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
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
