import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { handicaps, listEngines } from './engines.ts';
import { busyProcessors, describeMachine } from './machine.ts';
import { type Effort, measureWorkload, type WorkloadResult } from './measure.ts';
import { openPeak } from './peak.ts';
import { machineText, verdictsOfResult, verdictsText, workloadText } from './report.ts';
import { rowsOf } from './rows.ts';
import { workloads } from './workloads.ts';

const help = `pnpm bench [--json FILE] [--only WORKLOAD] [--rounds N] [--quick]

  --json FILE      also write settings, rows and goals to a file
  --only WORKLOAD  one of ${workloads.map(({ name }) => name).join(', ')}; may be given several times
  --rounds N       rounds in which every engine has a turn (default 12, quick 2)
  --quick          short turns: to see that it works, not to quote

LSTM_BENCH_PYTHON  Python with PyTorch; several, separated as in PATH, are all tried`;

const turns = { turnMs: 500, warmMs: 8000, patienceMs: 300_000 } as const;
const quickTurns = { turnMs: 100, warmMs: 1000, patienceMs: 60_000 } as const;

/** So many processors may be busy with other programs on a quiet machine. */
const quietBelow = 0.2;
const notQuiet =
  'The machine is not quiet: the figures show that things work, not how fast they are, and goals are met or missed by luck.';

interface Options {
  readonly json: string | undefined;
  readonly only: readonly string[];
  readonly effort: Effort;
}

/** Returns the options of a command line, or `undefined` when help was asked for. */
function optionsOf(commandLine: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      json: { type: 'string' },
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      quick: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const { json, only = [], quick = false, rounds = quick ? '2' : '12' } = values;
  const unknown = only.find((name) => !workloads.some((workload) => workload.name === name));
  if (unknown !== undefined) throw new Error(`there is no workload ${unknown}`);
  if (!/^[1-9]\d*$/.test(rounds)) throw new Error(`--rounds is ${rounds}: it takes a number from 1 on`);
  return { json, only, effort: { rounds: Number(rounds), ...(quick ? quickTurns : turns) } };
}

async function run({ json, only, effort }: Options): Promise<void> {
  const machine = describeMachine(handicaps);
  const busyAtStart = await busyProcessors(1000);
  console.log(machineText(machine));
  console.log(`other programs keep ${busyAtStart.toFixed(1)} processors busy; ${effort.rounds} rounds`);
  if (busyAtStart > quietBelow) console.log(notQuiet);
  const peak = openPeak();
  if (peak.reason !== undefined) console.log(`not run: multiply-add loop: ${peak.reason}`);
  const { variants, absent } = listEngines();
  for (const { engine, reason } of absent) console.log(`not run: ${engine}: ${reason}`);

  const progress = process.stderr.isTTY
    ? (text: string): void => void process.stderr.write(`\r\x1b[2K${text}`)
    : (): void => {};
  const results: WorkloadResult[] = [];
  for (const workload of workloads.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const result = await measureWorkload(workload, variants, effort, peak, progress);
    progress('');
    results.push(result);
    console.log(`\n${workloadText(result)}`);
  }
  const verdicts = results.flatMap(verdictsOfResult);
  console.log(`\n── goals: how many times faster than the fastest peer, best setting against best setting`);
  console.log(verdictsText(verdicts));
  if (results.some(({ busy }) => busy > quietBelow)) console.log(notQuiet);
  if (json !== undefined) {
    const notRun = [...absent, ...results.flatMap((result) => result.absent)];
    const mismatches = results.flatMap((result) => result.mismatches);
    const peaks = results.map(({ workload, peak: found, busy }) => {
      return { workload: workload.name, peakGflops: Object.fromEntries(found), busyProcessors: busy };
    });
    const settings = { ...machine, ...effort, busyAtStart, peaks };
    const content = { settings, rows: results.flatMap(rowsOf), goals: verdicts, notRun, mismatches };
    writeFileSync(json, `${JSON.stringify(content, null, 2)}\n`);
  }
  if (results.some(({ mismatches }) => mismatches.length > 0)) {
    console.error('The engines did not do the same work: see MISMATCH above.');
    process.exitCode = 1;
  }
}

try {
  const options = optionsOf(process.argv.slice(2));
  if (options === undefined) console.log(help);
  else await run(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
