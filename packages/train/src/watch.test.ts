import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, expect, it } from 'vitest';
import { line, lineTrainer } from '../test/line.ts';
import { type Callback, checkpoint, earlyStopping, reduceLearningRate } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const fitWith = (callback: Callback) => lineTrainer().fit(line.x, line.y, { callbacks: [callback] });

it.each([
  ['auto', 0, 'mode is "auto"'],
  ['min', Number.NaN, 'minDelta is NaN'],
  ['min', -1, 'minDelta is -1'],
])('callbacks that watch a log refuse mode %s with minDelta %d', async (mode, minDelta, fact) => {
  const options = { monitor: 'loss', mode: mode as 'min', minDelta };
  for (const callback of [earlyStopping(options), reduceLearningRate(options), checkpoint({ ...options, save() {} })]) {
    await expect(fitWith(callback)).rejects.toThrow(fact);
  }
});

it('a checkpoint has something to save with', () => {
  expect(() => checkpoint({ monitor: 'loss' } as never)).toThrow(
    '[checkpoint] save is undefined. It writes the model down.',
  );
});

it('a hook of another name is refused', async () => {
  await expect(fitWith({ onEpochEnds() {} } as never)).rejects.toThrow("Did you mean 'onEpochEnd'?");
});
