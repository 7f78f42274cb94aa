// Measures the table: steps to solve with three seeds (or more: --seeds), beside what PyTorch took from the same start
// (reference/results.json). All of it takes an hour. results.json is written by the whole table, and by --resume, which adds to it.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { chooseBackend } from '@lstm/cli';
import { contenders } from './contenders.ts';
import { argumentsOf, runProgram } from './options.ts';
import {
  cellName,
  meanSteps,
  measure,
  ownFile,
  pytorchFile,
  readSteps,
  type Steps,
  verdictOf,
  writeSteps,
} from './steps.ts';

const told = (steps: Steps): string => steps.map((count) => count ?? 'not').join(' ');

await runProgram(async () => {
  const given = argumentsOf(process.argv.slice(2), ['problem', 'time', 'layer', 'seeds', 'json', 'resume']);
  const seeds = Array.from({ length: given.seeds }, (_, seed) => seed);
  const { name } = await chooseBackend(given.backend);
  const versions = `backend ${name}, Node ${process.versions.node}`;
  const known = await readSteps(ownFile).catch(() => ({ steps: {} }));
  const measured: Record<string, Steps> = { ...known.steps };
  const reference = (await readSteps(pytorchFile)).steps;
  const writes = given.resume || !given.isPart;
  const rows: object[] = [];
  let missed = 0;
  for (const cell of given.cells) {
    const key = cellName(cell);
    const { problem } = cell;
    let ours = given.resume ? (measured[key] ?? []) : [];
    for (const seed of seeds.slice(ours.length)) {
      ours = [...ours, await measure(cell, seed)];
      measured[key] = ours;
      if (writes) await writeSteps(ownFile, { versions, steps: measured });
    }
    const theirs = reference[key] ?? [];
    const verdict = verdictOf(problem, ours, theirs);
    const worse = verdict?.holds === false;
    if (worse) missed++;
    console.log(`${key}: ${told(ours)}; PyTorch ${told(theirs) || 'not measured'}${worse ? ' MISSED' : ''}`);
    const plain = measured[cellName({ ...cell, contender: contenders[0] as (typeof contenders)[number] })];
    rows.push({
      app: 'memory',
      metric: `${key}: steps to solve, at most ${problem.limit} (lower is better)`,
      ours: meanSteps(ours, problem),
      baseline: plain === undefined ? null : meanSteps(plain, problem),
      reference: verdict?.reference ?? null,
      seeds,
    });
  }
  if (given.json !== undefined) {
    await mkdir(dirname(given.json), { recursive: true });
    await writeFile(given.json, `${JSON.stringify(rows, undefined, 2)}\n`);
  }
  if (!writes) console.log('A part of the table: results.json stays as it is. --resume adds to it.');
  if (missed === 0) return;
  console.log(`${missed} of ${rows.length} are worse than PyTorch's by more than a standard deviation.`);
  process.exitCode = 1;
});
