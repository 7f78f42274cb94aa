import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuInfo } from '@lstm/backend-cpu';

/** What the figures were measured on. */
export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly memoryGiB: number;
  readonly freeMemoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Revision of this repository; `unknown` outside of git. */
  readonly revision: string;
  /** Our native binary and its instruction set, or why there is none. */
  readonly native: string;
  /** Environment variables that concern numerical libraries; workers run without them. */
  readonly droppedEnvironment: readonly string[];
  /** Load average of the last minute at the start. */
  readonly load: number;
}

function revision(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

/** Describes the machine. */
export function describeMachine(handicaps: RegExp): Machine {
  const gibibytes = (bytes: number): number => Math.round(bytes / 2 ** 30);
  const { native, detail, instructionSet } = cpuInfo();
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    memoryGiB: gibibytes(totalmem()),
    freeMemoryGiB: gibibytes(freemem()),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    revision: revision(),
    native: native ? (instructionSet ?? 'native') : detail,
    droppedEnvironment: Object.keys(process.env).filter((name) => handicaps.test(name)),
    load: loadavg()[0] as number,
  };
}

/** Returns how many processors other programs keep busy, looked at for some milliseconds while ours rest. */
export async function busyProcessors(milliseconds: number): Promise<number> {
  const sum = (): { busy: number; all: number } => {
    let [busy, all] = [0, 0];
    for (const { times } of cpus()) {
      const total = times.user + times.nice + times.sys + times.irq + times.idle;
      all += total;
      busy += total - times.idle;
    }
    return { busy, all };
  };
  const before = sum();
  await sleep(milliseconds);
  const after = sum();
  return after.all === before.all ? 0 : ((after.busy - before.busy) / (after.all - before.all)) * cpus().length;
}
