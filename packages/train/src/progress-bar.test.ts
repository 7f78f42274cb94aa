import { afterEach, expect, it, vi } from 'vitest';
import type { TrainingControl } from './callbacks.ts';
import { progressBar } from './index.ts';

const control = { epochs: 2, batches: 4 } as TrainingControl;

afterEach(() => {
  vi.unstubAllGlobals();
});

it('draws a bar with the time left', async () => {
  let [clock, text] = [0, ''];
  const bar = progressBar({
    write: (part) => {
      text += part;
    },
    redraw: true,
    now: () => clock,
  });
  await bar.onTrainBegin?.(control);
  for (let epoch = 0; epoch < 2; epoch++) {
    await bar.onEpochBegin?.(epoch, control);
    for (let batch = 0; batch < 4; batch++) {
      clock += 20_000;
      await bar.onBatchEnd?.(batch, { loss: 0.5 }, control);
    }
    await bar.onEpochEnd?.(epoch, { loss: 0.25, valLoss: 0.00002 }, control);
  }
  await bar.onTrainEnd?.(control, 'finished');
  expect(text.split('\r').map((line) => line.trimEnd())).toMatchInlineSnapshot(`
    [
      "",
      "epoch 1/2 █████░░░░░░░░░░░░░░░  2:20 min left  loss 0.5000",
      "epoch 1/2 ██████████░░░░░░░░░░  2:00 min left  loss 0.5000",
      "epoch 1/2 ███████████████░░░░░  1:40 min left  loss 0.5000",
      "epoch 1/2 ████████████████████  1:20 min left  loss 0.5000",
      "epoch 1/2  loss 0.2500  valLoss 2.00e-5",
      "epoch 2/2 █████░░░░░░░░░░░░░░░  1:00 min left  loss 0.5000",
      "epoch 2/2 ██████████░░░░░░░░░░  40 s left  loss 0.5000",
      "epoch 2/2 ███████████████░░░░░  20 s left  loss 0.5000",
      "epoch 2/2 ████████████████████  0 s left  loss 0.5000",
      "epoch 2/2  loss 0.2500  valLoss 2.00e-5",
    ]
  `);
});

it('writes a line per epoch where lines cannot be redrawn', async () => {
  let text = '';
  const bar = progressBar({
    write: (part) => {
      text += part;
    },
  });
  await bar.onTrainBegin?.(control);
  await bar.onEpochBegin?.(0, control);
  await bar.onBatchEnd?.(0, { loss: 1 }, control);
  await bar.onEpochEnd?.(0, { loss: 0.25 }, control);
  await bar.onTrainEnd?.(control, 'finished');
  expect(text).toBe('epoch 1/2  loss 0.2500\n');
});

it('writes to the standard error of the process by default, and redraws in a terminal', async () => {
  for (const isTTY of [true, false]) {
    let text = '';
    const stderr = { isTTY, write: (part: string) => (text += part) };
    vi.stubGlobal('process', { stderr });
    const bar = progressBar();
    await bar.onEpochBegin?.(0, control);
    await bar.onEpochEnd?.(0, { loss: 0.25 }, control);
    expect(text).toBe(isTTY ? '\repoch 1/2  loss 0.2500' : 'epoch 1/2  loss 0.2500\n');
  }
});

it('asks for write where there is no process', () => {
  vi.stubGlobal('process', undefined);
  expect(() => progressBar()).toThrowErrorMatchingInlineSnapshot(
    `[OptionError: [progressBar] write is missing. Here is no standard error to write to. Pass write: (text) => … that shows it in your page.]`,
  );
});
