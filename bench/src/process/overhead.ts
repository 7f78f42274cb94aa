import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { median } from '../statistics.ts';
import type { Subject } from './subject.ts';

/** Milliseconds of a training step on the calling thread. */
export interface Overhead {
  /** The thread works, garbage collection included: everything but waiting. The mean of the steps. */
  readonly working: number;
  /** From the call until everything is queued that the native side has to do. The median. */
  readonly first: number;
  /** The whole step. The median. */
  readonly step: number;
}

/**
 * Returns the milliseconds that this thread has worked. Linux counts them by thread, so that other programs do not matter; elsewhere
 * it is the time that the event loop does not wait.
 */
function worked(): number {
  if (process.platform !== 'linux') return performance.eventLoopUtilization().active;
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(nanoseconds) / 1e6;
}

/** Resolves to the cost of a call of `trainOnBatch`, looked at for a number of steps that follow as many. */
export async function overheadOfStep({ trainer, x, y }: Subject, steps: number): Promise<Overhead> {
  for (let i = 0; i < steps; i++) await trainer.trainOnBatch(x, y);
  const [firsts, wholes]: [number[], number[]] = [[], []];
  const before = worked();
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    const promise = trainer.trainOnBatch(x, y);
    // Microtasks run before this: by then the step is queued.
    setImmediate(() => {
      firsts.push(performance.now() - start);
    });
    await promise;
    wholes.push(performance.now() - start);
  }
  return { working: (worked() - before) / steps, first: median(firsts), step: median(wholes) };
}
