import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { forecast } from '@lstm/cli';
import { tasks } from './data.ts';
import { flagsOf } from './options.ts';

// The demo's forecasts over three seeds: CO₂ must beat both baselines by 30 % of their mean absolute error, Seattle is shown.
const flags = await flagsOf(process.argv.slice(2));
if (flags === undefined) process.exit(2);
const seeds = [0, 1, 2];
const required = 0.3;
const rows: object[] = [];
for (const { name, file, ...task } of tasks) {
  const csv = await readFile(file, 'utf8');
  const errors: number[] = [];
  let baselines: readonly { readonly name: string; readonly mae: number }[] = [];
  for (const seed of seeds) {
    const { text: _, ...options } = task;
    const { scores, network } = await forecast({ ...options, csv, seed });
    network.dispose();
    errors.push(scores[0]?.mae ?? Number.NaN);
    baselines = scores.slice(1);
  }
  const ours = errors.reduce((a, b) => a + b) / errors.length;
  console.log(`${name}: MAE ${ours.toFixed(4)} (${errors.map((error) => error.toFixed(4)).join(', ')})`);
  for (const { name: baseline, mae } of baselines) {
    const gain = 1 - ours / mae;
    console.log(
      `  ${gain > 0 ? `${(100 * gain).toFixed(1)} % below` : `LOSES by ${(-100 * gain).toFixed(1)} % to`} ${baseline} (${mae.toFixed(4)})`,
    );
    rows.push({ app: 'demo', metric: `${name} MAE against ${baseline}`, ours, baseline: mae, reference: null, seeds });
    if (name === 'co2' && gain < required) process.exitCode = 1;
  }
}
if (flags.json !== undefined) {
  await mkdir(dirname(flags.json), { recursive: true });
  await writeFile(flags.json, `${JSON.stringify(rows, undefined, 2)}\n`);
}
