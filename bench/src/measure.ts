import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawArrays, encodeArrays } from './arrays.ts';
import type { Absent, Variant } from './engines.ts';
import { difference } from './evidence.ts';
import { busyProcessors } from './machine.ts';
import type { Peak } from './peak.ts';
import type { InspectAnswer, MeasureAnswer, PrepareAnswer } from './protocol.ts';
import { median } from './statistics.ts';
import { WorkerProcess } from './worker-process.ts';
import type { Workload } from './workloads.ts';

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  /** How long an engine works in a round, about. */
  readonly turnMs: number;
  /** How long an engine works before it is measured, about: V8 still compiles after two thousand steps. */
  readonly warmMs: number;
  /** How long an engine may take to get ready and do the compared steps. */
  readonly patienceMs: number;
}

/** What was measured of one variant. */
export interface Measurement {
  readonly variant: Variant;
  readonly version: string;
  readonly settings: string;
  /** Milliseconds of a run, all samples of all rounds. */
  readonly milliseconds: readonly number[];
}

/** What was measured of one workload. */
export interface WorkloadResult {
  readonly workload: Workload;
  readonly measurements: readonly Measurement[];
  readonly absent: readonly Absent[];
  /** Engines that did other work than the first one: the run has failed. */
  readonly mismatches: readonly string[];
  /** GFLOP/s of the multiply-add loop by threads, the median of the rounds. */
  readonly peak: ReadonlyMap<number, number>;
  /** Processors that other programs kept busy, on average. */
  readonly busy: number;
  readonly inspection?: InspectAnswer;
}

interface Runner {
  readonly variant: Variant;
  readonly worker: WorkerProcess;
  readonly prepared: PrepareAnswer;
  readonly milliseconds: number[];
  /** How often the work is done in a sample, and samples in a turn. */
  repeat: number;
  samples: number;
}

/** A name for messages. */
function nameOf({ engine, options, label }: Variant): string {
  const threads = `${options.threads} ${options.threads === 1 ? 'thread' : 'threads'}`;
  return [engine, threads, ...(label === undefined ? [] : [label])].join(', ');
}

async function start(variant: Variant, workload: Workload, file: string, effort: Effort): Promise<Runner> {
  const worker = new WorkerProcess(variant.command);
  try {
    const request = { do: 'prepare', workload, file, options: variant.options } as const;
    const prepared = await worker.ask<PrepareAnswer>(request, effort.patienceMs);
    const runner = { variant, worker, prepared, milliseconds: [], repeat: 1, samples: 1 };
    await calibrate(runner, effort);
    return runner;
  } catch (error) {
    worker.stop();
    throw error;
  }
}

/** A sample shall take at least half a millisecond, a turn about `turnMs`. */
async function calibrate(runner: Runner, { turnMs, warmMs, patienceMs }: Effort): Promise<void> {
  // The quickest of some samples: others may have been interrupted.
  const time = async (samples: number, warmups = 1): Promise<number> => {
    const request = { do: 'measure', warmups, samples, repeat: runner.repeat } as const;
    const { milliseconds } = await runner.worker.ask<MeasureAnswer>(request, patienceMs);
    return Math.max(Math.min(...milliseconds), 1e-5);
  };
  let run = await time(1);
  if (run < 200) run = await time(5);
  // What is compiled while it runs has that behind it.
  await time(1, Math.ceil(warmMs / run));
  if (run < 200) run = await time(5);
  if (run < 1) {
    runner.repeat = Math.ceil(0.5 / run);
    run = await time(50);
    runner.repeat = Math.max(1, Math.ceil(0.5 / run));
  }
  runner.samples = Math.min(400, Math.max(1, Math.round(turnMs / (run * runner.repeat))));
}

async function turn({ worker, milliseconds, repeat, samples }: Runner): Promise<void> {
  // Others have emptied the caches since the last turn; a long run does not notice.
  const warmups = samples > 2 ? Math.ceil(samples / 10) : 0;
  const answer = await worker.ask<MeasureAnswer>({ do: 'measure', warmups, samples, repeat });
  milliseconds.push(...answer.milliseconds);
}

function mismatchesOf([first, ...others]: readonly Runner[]): string[] {
  return others.flatMap(({ variant, prepared }) => {
    if (first === undefined || variant.role === 'otherWork') return [];
    // Weights of eight significant bits: outputs of about 0.1 differ by 0.001 at most.
    const slack = variant.options.weightPrecision === 'bfloat16' ? 100 : 1;
    const found = difference(prepared, first.prepared, slack);
    return found === undefined ? [] : [`${nameOf(variant)} is not ${nameOf(first.variant)}: ${found}`];
  });
}

/**
 * Measures a workload on all engines that can do it: each in a process of its own, compared first, then timed in turns, round by
 * round, so that what happens on the machine happens to all.
 */
export async function measureWorkload(
  workload: Workload,
  variants: readonly Variant[],
  effort: Effort,
  peak: Peak,
  log: (text: string) => void,
): Promise<WorkloadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'lstm-bench-'));
  const file = join(folder, 'arrays.safetensors');
  writeFileSync(file, encodeArrays(drawArrays(workload)));
  const runners: Runner[] = [];
  const absent: Absent[] = [];
  try {
    for (const variant of variants.filter((each) => each.does(workload))) {
      log(`${workload.name}: ${nameOf(variant)} gets ready`);
      try {
        runners.push(await start(variant, workload, file, effort));
      } catch (error) {
        absent.push({ engine: nameOf(variant), reason: error instanceof Error ? error.message : String(error) });
      }
    }
    const mismatches = mismatchesOf(runners);
    const threadCounts = [...new Set(variants.map(({ options }) => options.threads))];
    const peaks = new Map(threadCounts.map((threads) => [threads, [] as number[]]));
    const busy: number[] = [];
    for (let round = 0; round < effort.rounds; round++) {
      log(`${workload.name}: round ${round + 1} of ${effort.rounds}`);
      busy.push(await busyProcessors(100));
      for (const [threads, values] of peaks) {
        const value = peak.measure(threads);
        if (value !== undefined) values.push(value);
      }
      // Nobody is always the one after the longest turn.
      for (let i = 0; i < runners.length; i++) await turn(runners[(i + round) % runners.length] as Runner);
    }
    const streaming = workload.streaming && runners.find(({ variant }) => variant.role === 'endToEnd');
    return {
      workload,
      measurements: runners.map(({ variant, prepared, milliseconds }) => {
        return { variant, version: prepared.version, settings: prepared.settings, milliseconds };
      }),
      absent,
      mismatches,
      peak: new Map([...peaks].filter(([, all]) => all.length > 0).map(([threads, all]) => [threads, median(all)])),
      busy: busy.reduce((a, b) => a + b, 0) / busy.length,
      ...(streaming && { inspection: await streaming.worker.ask<InspectAnswer>({ do: 'inspect' }) }),
    };
  } finally {
    for (const { worker } of runners) worker.stop();
    rmSync(folder, { recursive: true });
  }
}
