import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../statistics.ts';
import type { Subject } from './subject.ts';

/** How late timers of one millisecond were, in milliseconds. */
export interface Delays {
  readonly p99: number;
  readonly max: number;
}

/** Busy less idle, in milliseconds. */
export interface DelayOfFit {
  /** Median over the runs. */
  readonly p99: number;
  /** Median over the runs of the longest delay. */
  readonly max: number;
  /** Training steps of all runs. */
  readonly steps: number;
  readonly runs: readonly { readonly idle: Delays; readonly busy: Delays }[];
}

/** Runs `work` and watches the event loop. */
async function watch(work: () => Promise<void>): Promise<Delays> {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  monitor.enable();
  await work();
  monitor.disable();
  return { p99: monitor.percentile(99) / 1e6, max: monitor.max / 1e6 };
}

/** Resolves to the delays of the event loop while `fit` runs, next to those while nothing does. */
export async function delayOfFit({ trainer, x, y }: Subject, runs: number, milliseconds: number): Promise<DelayOfFit> {
  let steps = 0;
  const train = async (time: number): Promise<void> => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), time);
    const epochs = 1_000_000;
    const count = { onBatchEnd: (): void => void steps++ };
    await trainer.fit(x, y, { batchSize: x.shape[0] as number, epochs, signal: stop.signal, callbacks: [count] });
    clearTimeout(timer);
  };
  await train(milliseconds / 2); // the compiler and the memory pool warm up
  steps = 0;
  const found: { idle: Delays; busy: Delays }[] = [];
  for (let run = 0; run < runs; run++) {
    const idle = await watch(() => sleep(milliseconds));
    const busy = await watch(() => train(milliseconds));
    found.push({ idle, busy });
  }
  const difference = (what: keyof Delays): number => median(found.map(({ idle, busy }) => busy[what] - idle[what]));
  return { p99: difference('p99'), max: difference('max'), steps, runs: found };
}
