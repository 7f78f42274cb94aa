import { cpu, cpuInfo } from '@lstm/backend-cpu';
import { type HostArray, useBackend } from '@lstm/core';
import type { Trainer } from '@lstm/train';
import type { WorkerOptions } from '../protocol.ts';
import { quantile } from '../statistics.ts';
import { packageVersion } from './package-version.ts';
import { type Job, serve } from './serve.ts';
import { trainerOf } from './trainer.ts';

function streamJob(
  trainer: Trainer,
  x: Float32Array,
  options: WorkerOptions,
): Pick<Job, 'compare' | 'run' | 'inspect'> {
  const session = trainer.stream();
  const output = new Float32Array(session.outputSize);
  const run = (repeat: number): void => {
    for (let i = 0; i < repeat; i++) session.step(x, output);
  };
  return {
    async compare() {
      run(options.comparedStreamSteps);
      return { output: [...output] };
    },
    run,
    inspect() {
      const steps = 10_000;
      run(steps);
      const growthIn = (count: number): number => {
        const growths = Array.from({ length: 31 }, () => {
          const before = process.memoryUsage().heapUsed;
          run(count);
          return process.memoryUsage().heapUsed - before;
        });
        return quantile(growths, 0.5);
      };
      // Few steps at a time, so that the garbage collector runs within few of them; asking takes memory too.
      const few = 500;
      const bytesPerStep = Math.round((growthIn(few) - growthIn(0)) / few);
      const milliseconds = new Float64Array(steps);
      for (let i = 0; i < steps; i++) {
        const start = performance.now();
        session.step(x, output);
        milliseconds[i] = performance.now() - start;
      }
      const all = [...milliseconds];
      return { medianMs: quantile(all, 0.5), p99Ms: quantile(all, 0.99), bytesPerStep };
    },
  };
}

/** Our engine through the public API: `trainOnBatch`, `predict`, `stream`. */
await serve(async (workload, arrays, options) => {
  const info = cpuInfo();
  if (!info.native) throw new Error(info.detail);
  await useBackend(cpu({ threads: options.threads }));
  const trainer = trainerOf(workload, arrays, options.adam);
  const about = { version: packageVersion('@lstm/backend-cpu'), settings: info.instructionSet ?? '' };
  const x = arrays['x'] as HostArray;
  if (workload.streaming) return { ...about, ...streamJob(trainer, x.data as Float32Array, options) };
  if (workload.loss === undefined) {
    const given = { batchSize: workload.batch, weightPrecision: options.weightPrecision };
    const predict = async (): Promise<Float32Array> => (await trainer.predict(x, given)).data;
    return {
      ...about,
      compare: async () => ({ output: [...(await predict())] }),
      async run(repeat) {
        for (let i = 0; i < repeat; i++) await predict();
      },
    };
  }
  const y = arrays['y'] as HostArray;
  const train = async (): Promise<number> => (await trainer.trainOnBatch(x, y))['loss'] as number;
  return {
    ...about,
    async compare() {
      const found: number[] = [];
      while (found.length < options.comparedSteps) found.push(await train());
      return { losses: found };
    },
    async run(repeat) {
      for (let i = 0; i < repeat; i++) await train();
    },
  };
});
