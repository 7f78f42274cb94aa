import type { Machine } from './machine.ts';
import type { WorkloadResult } from './measure.ts';
import { rowsOf } from './rows.ts';
import { table, threeDigits } from './table.ts';
import { type Verdict, verdictsOf } from './verdicts.ts';

/** Returns the machine as lines of text. */
export function machineText(machine: Machine): string {
  const { processor, processors, memoryGiB, system, node, revision, native, droppedEnvironment, load } = machine;
  const dropped = droppedEnvironment.length > 0 ? droppedEnvironment.join(', ') : 'none';
  return [
    `${processor}, ${processors} processors, ${memoryGiB} GiB, ${system}, Node ${node}`,
    `revision ${revision}, our kernels: ${native}; load average ${load.toFixed(1)}`,
    `environment variables that the engines do not see: ${dropped}`,
  ].join('\n');
}

function rowsText(result: WorkloadResult): string {
  const header = ['engine', 'version', 'threads', 'median ms', 'p10', 'p90', 'runs', 'GFLOP/s', 'of peak', 'settings'];
  const cells = rowsOf(result).map((row) => [
    row.engine,
    row.version,
    String(row.threads),
    threeDigits(row.medianMs),
    threeDigits(row.p10),
    threeDigits(row.p90),
    String(row.runs),
    row.gflops === null ? '–' : threeDigits(row.gflops),
    row.fractionOfPeak === null ? '–' : `${Math.round(100 * row.fractionOfPeak)}%`,
    row.settings,
  ]);
  return table(header, cells);
}

/** Returns one workload's figures as text. */
export function workloadText(result: WorkloadResult): string {
  const { workload, peak, busy, absent, mismatches } = result;
  const loops = [...peak].map(([threads, value]) => `${threadText(threads)} ${value.toFixed(0)}`).join(', ');
  return [
    `── ${workload.name}`,
    rowsText(result),
    `multiply-add loop, GFLOP/s: ${loops || 'not run'}; other programs kept ${busy.toFixed(1)} processors busy`,
    ...absent.map(({ engine, reason }) => `not run: ${engine}: ${reason}`),
    ...mismatches.map((text) => `MISMATCH ${text}`),
  ].join('\n');
}

function threadText(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

function valueText({ value, unit }: Verdict): string {
  return value === null ? '–' : `${threeDigits(value)}${unit.length > 1 ? ' ' : ''}${unit}`;
}

/** Returns the figures that have a goal as a table. */
export function verdictsText(verdicts: readonly Verdict[]): string {
  const cells = verdicts.map((each) => [
    each.workload,
    each.what,
    valueText(each),
    valueText({ ...each, value: each.goal }),
    each.outcome,
    each.note,
  ]);
  const count = (outcome: Verdict['outcome']): number => verdicts.filter((each) => each.outcome === outcome).length;
  return [
    table(['workload', 'figure', 'here', 'goal', '', ''], cells),
    `goals: ${count('met')} met, ${count('missed')} missed, ${count('FAILED')} failed, ${count('not run')} not run`,
  ].join('\n');
}

/** Returns the figures that have a goal. */
export function verdictsOfResult(result: WorkloadResult): Verdict[] {
  return verdictsOf(result.workload.name, rowsOf(result), result.inspection);
}
