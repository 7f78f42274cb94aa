import { readFile } from 'node:fs/promises';
import { chooseBackend, forecast } from '@lstm/cli';
import { expect, it } from 'vitest';
import { tasks } from './data.ts';

it('beats both baselines on carbon dioxide after a short training', { timeout: 300_000 }, async () => {
  await chooseBackend('auto');
  const [task] = tasks;
  const { file, target, fill } = task!;
  const csv = await readFile(file, 'utf8');
  const { scores, series } = await forecast({ csv, target, fill, transform: 'log-difference', epochs: 6 });
  expect(series.dates).toHaveLength(746);
  const [ours, ...baselines] = scores;
  expect(baselines.map(({ name }) => name)).toEqual(['last value', 'seasonal naive (12)']);
  for (const { mae } of baselines) expect(ours!.mae).toBeLessThan(0.7 * mae);
});

it('finds the weather with all its columns', async () => {
  const { file, target, features } = tasks[1]!;
  const header = (await readFile(file, 'utf8')).split('\n')[0]!.split(',');
  expect(header).toEqual(expect.arrayContaining([target, ...features!]));
});
