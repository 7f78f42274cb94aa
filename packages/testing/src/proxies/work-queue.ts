import { type PendingWork, sizeOf } from '@lstm/core';
import type { ResultType } from './result-shapes.ts';

interface Job {
  readonly bytes: number;
  run(): void;
}

/** Bytes of results. */
export function bytesOf(results: readonly ResultType[]): number {
  return results.reduce((total, { shape, dtype }) => total + sizeOf(shape) * (dtype === 'float64' ? 8 : 4), 0);
}

/** Jobs that run in order, on a later macrotask or when `flush` is called. */
export class WorkQueue {
  #jobs: Job[] = [];
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Adds a job, which must not throw. */
  add(bytes: number, run: () => void): void {
    this.#jobs.push({ bytes, run });
    this.#bytes += bytes;
    this.#timer ??= setTimeout(() => this.flush(), 0);
  }

  /** Runs everything now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const jobs = this.#jobs;
    this.#jobs = [];
    this.#bytes = 0;
    for (const { run } of jobs) run();
  }

  /** What has not run. */
  get pending(): PendingWork {
    return { ops: this.#jobs.length, bytes: this.#bytes };
  }
}
