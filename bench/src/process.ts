// What training costs the process around it: how late the event loop is, how long the calling thread works, how memory grows.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { busyProcessors } from './machine.ts';
import { driftOfTraining } from './process/drift.ts';
import { delayOfFit } from './process/event-loop.ts';
import { overheadOfStep } from './process/overhead.ts';
import { subjectOf, trainingWorkload, useNative } from './process/subject.ts';
import { table, threeDigits } from './table.ts';

const help = `pnpm bench:process [--only PART] [--workload WORKLOAD] [--json FILE] [--quick]

  --only PART          event-loop, overhead or memory; may be given several times
  --workload WORKLOAD  a training workload of pnpm bench (default train.forecast); may be given several times
  --json FILE          also write the figures to a file
  --quick              few and short runs: to see that it works, not to quote`;

/** Goals: busy less idle in milliseconds; milliseconds of a step; share of the resident memory. */
const goals = { delayP99: 5, delayMax: 50, working: 0.3, drift: 0.01 } as const;

interface Figure {
  readonly workload: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The value stays below it; absent where the figure only explains another one. */
  readonly goal?: number;
}

type Part = (workload: string, quick: boolean) => Promise<Figure[]>;

const parts: Readonly<Record<string, Part>> = {
  async 'event-loop'(workload, quick) {
    const subject = subjectOf(trainingWorkload(workload));
    const { p99, max, steps, runs } = await delayOfFit(subject, quick ? 1 : 5, quick ? 500 : 5000);
    const idle = Math.max(...runs.map((run) => run.idle.max));
    return [
      { workload, what: 'event loop: 99 % of delays, fit less idle', value: p99, unit: 'ms', goal: goals.delayP99 },
      { workload, what: 'event loop: longest delay, fit less idle', value: max, unit: 'ms', goal: goals.delayMax },
      { workload, what: 'event loop: longest delay while idle', value: idle, unit: 'ms' },
      { workload, what: 'event loop: training steps watched', value: steps, unit: '' },
    ];
  },
  async overhead(workload, quick) {
    const { working, first, step } = await overheadOfStep(subjectOf(trainingWorkload(workload)), quick ? 50 : 1000);
    return [
      { workload, what: 'trainOnBatch: the calling thread works', value: working, unit: 'ms', goal: goals.working },
      { workload, what: 'trainOnBatch: until everything is queued', value: first, unit: 'ms' },
      { workload, what: 'trainOnBatch: until the loss is there', value: step, unit: 'ms' },
    ];
  },
  async memory(workload, quick) {
    const { first, last, share } = await driftOfTraining(subjectOf(trainingWorkload(workload)), quick ? 200 : 10_000);
    return [
      { workload, what: 'memory: after the warm-up', value: first, unit: 'MiB' },
      { workload, what: 'memory: at the end', value: last, unit: 'MiB' },
      { workload, what: 'memory: growth', value: 100 * share, unit: '%', goal: 100 * goals.drift },
    ];
  },
};

function rowOf({ workload, what, value, unit, goal }: Figure): string[] {
  const verdict = goal === undefined ? '' : `${value < goal ? 'met' : 'missed'}: below ${goal} ${unit}`;
  return [workload, what, value < 0 ? `-${threeDigits(-value)}` : threeDigits(value), unit, verdict];
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    workload: { type: 'string', multiple: true },
    json: { type: 'string' },
    quick: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help) console.log(help);
else {
  const { only = Object.keys(parts), workload = ['train.forecast'], quick = false } = values;
  const unknown = only.find((name) => parts[name] === undefined);
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}`);
  const native = await useNative();
  const busy = await busyProcessors(1000);
  console.log(`${native}; other programs keep ${busy.toFixed(1)} processors busy\n`);
  const figures: Figure[] = [];
  for (const name of workload) for (const part of only) figures.push(...(await (parts[part] as Part)(name, quick)));
  console.log(table(['workload', 'what', 'value', '', 'goal'], figures.map(rowOf)));
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ native, busyProcessors: busy, figures }, null, 2)}\n`);
  }
}
