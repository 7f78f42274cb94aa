import { type PendingWork, sizeOf, type View } from '@lstm/core';
import type { Pending } from './pending.ts';
import type { ResultType } from './result-shapes.ts';

/** One piece of deferred work. */
export interface Work {
  readonly where: string;
  /** Views inside it must have been computed well, else the work is not done and its outputs fail with them. */
  readonly inputs: unknown;
  readonly outputs: readonly View<Pending>[];
  /** Views that fail too when the work fails, besides the outputs. */
  readonly alsoPoisons?: readonly View[];
  run(): void;
}

/** Queues work of a deferred backend. */
export type Defer = (work: Work) => void;

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
