import { median } from '../statistics.ts';
import type { Subject } from './subject.ts';

/** How the memory of the process changes while a network trains. */
export interface Drift {
  /** Resident MiB right after the warm-up, and at the end: medians of a tenth of the run each. */
  readonly first: number;
  readonly last: number;
  /** Last over first, less 1. */
  readonly share: number;
}

/** Resolves to the change of the resident memory over a number of training steps that follow as many as a fifth of them. */
export async function driftOfTraining({ trainer, x, y }: Subject, steps: number): Promise<Drift> {
  for (let i = 0; i < steps / 5; i++) await trainer.trainOnBatch(x, y);
  const samples: number[] = [];
  for (let i = 0; i < steps; i++) {
    await trainer.trainOnBatch(x, y);
    if (i % 10 === 9) samples.push(process.memoryUsage.rss() / 2 ** 20);
  }
  const tenth = Math.ceil(samples.length / 10);
  const [first, last] = [median(samples.slice(0, tenth)), median(samples.slice(-tenth))];
  return { first, last, share: last / first - 1 };
}
