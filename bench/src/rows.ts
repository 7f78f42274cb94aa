import type { Role } from './engines.ts';
import type { WorkloadResult } from './measure.ts';
import { operationsOf } from './operations.ts';
import { quantile } from './statistics.ts';

/** One engine with one setting on one workload. */
export interface Row {
  readonly workload: string;
  readonly engine: string;
  readonly version: string;
  readonly threads: number;
  readonly medianMs: number;
  readonly p10: number;
  readonly p90: number;
  /** How many times the work was done. */
  readonly runs: number;
  /** Useful operations a second; null where the engine does other work. */
  readonly gflops: number | null;
  /** Of the multiply-add loop on as many threads in the same rounds; null where there is none. */
  readonly fractionOfPeak: number | null;
  readonly role: Role;
  readonly settings: string;
}

/** Returns the rows of a workload. */
export function rowsOf({ workload, measurements, peak }: WorkloadResult): Row[] {
  return measurements.map(({ variant, version, settings, milliseconds }) => {
    const { engine, role, options } = variant;
    const medianMs = quantile(milliseconds, 0.5);
    const gflops = role === 'otherWork' ? null : operationsOf(workload) / medianMs / 1e6;
    const limit = peak.get(options.threads);
    return {
      workload: workload.name,
      engine,
      version,
      threads: options.threads,
      medianMs,
      p10: quantile(milliseconds, 0.1),
      p90: quantile(milliseconds, 0.9),
      runs: milliseconds.length,
      gflops,
      fractionOfPeak: gflops === null || limit === undefined ? null : gflops / limit,
      role,
      settings,
    };
  });
}

/** Returns the fastest of the rows that a test lets through. */
export function fastest(rows: readonly Row[], test: (row: Row) => boolean): Row | undefined {
  return rows.filter(test).reduce<Row | undefined>((best, row) => {
    return best === undefined || row.medianMs < best.medianMs ? row : best;
  }, undefined);
}
