import type { HostArray } from '@lstm/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Workload } from '../workloads.ts';
import { onnxModel } from './onnx-model.ts';
import { packageVersion } from './package-version.ts';
import { serve } from './serve.ts';

/** `[batch, time, features]` with the time first: the layout that the LSTM of ONNX takes. */
function timeMajor(x: HostArray, { batch, time, features }: Workload): Tensor {
  const result = new Float32Array(x.data.length);
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < time; t++) {
      const from = (b * time + t) * features;
      result.set((x.data as Float32Array).subarray(from, from + features), (t * batch + b) * features);
    }
  }
  return new Tensor('float32', result, [time, batch, features]);
}

await serve(async (workload, arrays, options) => {
  const session = await InferenceSession.create(onnxModel(workload, arrays), {
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // Our kernels flush denormal numbers too.
    extra: { session: { set_denormal_as_zero: '1' } },
  });
  const x = timeMajor(arrays['x'] as HostArray, workload);
  const layer = workload.layers.at(-1);
  const shape = [1, workload.batch, layer?.kind === 'lstm' ? layer.units : 0];
  const state = (): Tensor => new Tensor('float32', new Float32Array(shape.reduce((a, b) => a * b)), shape);
  // Outputs go where they are told to, so nothing is allocated; a stream swaps its two states.
  let [from, to] = [
    { h: state(), c: state() },
    { h: state(), c: state() },
  ];
  const run = async (repeat: number): Promise<void> => {
    for (let i = 0; i < repeat; i++) {
      await session.run(workload.streaming ? { x, ...from } : { x }, { h1: to.h, c1: to.c });
      [from, to] = [to, from];
    }
  };
  return {
    version: packageVersion('onnxruntime-node'),
    settings: 'cpu execution provider',
    async compare() {
      await run(workload.streaming ? options.comparedStreamSteps : 1);
      return { output: [...(from.h.data as Float32Array)] };
    },
    run,
  };
});
