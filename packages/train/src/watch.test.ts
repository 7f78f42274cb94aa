import { useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { beforeAll, expect, it } from 'vitest';
import { line, lineTrainer } from '../test/line.ts';
import { type Callback, checkpoint, earlyStopping, mae, reduceLearningRate } from './index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const fitWith = (callback: Callback) => lineTrainer().fit(line.x, line.y, { callbacks: [callback] });

it.each([
  ['auto', 0, 'mode is "auto"'],
  ['min', Number.NaN, 'minDelta is NaN'],
  ['min', -1, 'minDelta is -1'],
])('callbacks that watch a log refuse mode %s with minDelta %d', (mode, minDelta, fact) => {
  const options = { monitor: 'loss', mode: mode as 'min', minDelta };
  for (const make of [earlyStopping, reduceLearningRate, checkpoint]) {
    expect(() => make({ ...options, ...(make === checkpoint && { save() {} }) } as never)).toThrow(fact);
  }
});

it.each([
  [{ monitor: mae() }, '[earlyStopping] monitor is an object with name, better, start. It is the name of a log.'],
  [{ baseline: '0.5' }, '[earlyStopping] baseline is "0.5".'],
  [{ startFromEpoch: -1 }, '[earlyStopping] startFromEpoch is -1.'],
  [{ restoreBest: 1 }, '[earlyStopping] restoreBest is 1.'],
])('earlyStopping refuses %o', (options, fact) => {
  expect(() => earlyStopping(options as never)).toThrow(fact);
});

it('a checkpoint has something to save with', () => {
  expect(() => checkpoint({ monitor: 'loss' } as never)).toThrow(
    '[checkpoint] save is undefined. It writes the model down.',
  );
});

it('a checkpoint saves the best or all', () => {
  const options = { monitor: 'loss', save() {}, saveBestOnly: 'no' as never };
  expect(() => checkpoint(options)).toThrow('[checkpoint] saveBestOnly is "no".');
});

it('a baseline may be any number', () => {
  expect(() => earlyStopping({ baseline: -1e20 })).not.toThrow();
});

it('a hook of another name is refused', async () => {
  await expect(fitWith({ onEpochEnds() {} } as never)).rejects.toThrow("Did you mean 'onEpochEnd'?");
});

class Snake {
  seen = 0;
  on_epoch_end(): void {
    this.seen += 1;
  }
}

it.each<[string, object, string]>([
  ['lower case', { onepochend() {} }, 'onEpochEnd'],
  ['snake case', { on_batch_end() {} }, 'onBatchEnd'],
  ['no on', { epochEnd() {} }, 'onEpochEnd'],
  ['a slip', { onepochedn() {} }, 'onEpochEnd'],
  ['a method of a class', new Snake(), 'onEpochEnd'],
])('a hook is refused under another name: %s', async (_, callback, name) => {
  await expect(fitWith(callback)).rejects.toThrow(
    `It is one of onTrainBegin, onTrainEnd, onEpochBegin, onEpochEnd, onEpochSettled, onBatchEnd. Did you mean '${name}'?`,
  );
});

it('a callback may have methods of its own', async () => {
  class Logger {
    readonly #lines: string[] = [];
    onEpochEnd(epoch: number): void {
      this.logEpochEnd(epoch);
    }
    logEpochEnd(epoch: number): void {
      this.once(`${epoch}`);
    }
    once(line: string): void {
      this.#lines.push(line);
    }
    on(): void {}
    online(): void {}
    epoch(): void {}
    end(): void {}
    get epochEnd(): number {
      return this.#lines.length;
    }
  }
  const callback = new Logger();
  await lineTrainer().fit(line.x, line.y, { epochs: 2, callbacks: [callback] });
  expect(callback.epochEnd).toBe(2);
});
