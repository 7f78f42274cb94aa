import { cpu, cpuInfo } from '@lstm/backend-cpu';
import type { FusedSessionLayer, TypedArray, View } from '@lstm/core';
import type { Arrays } from '../arrays.ts';
import type { WorkerOptions } from '../protocol.ts';
import type { Workload } from '../workloads.ts';
import { Device } from './kernel-device.ts';
import { KernelNetwork } from './kernel-network.ts';
import { packageVersion } from './package-version.ts';
import { type Job, serve } from './serve.ts';

const activations = { activation: 'tanh', recurrentActivation: 'sigmoid' } as const;

function streamJob(
  device: Device,
  network: KernelNetwork,
  x: Float32Array,
  steps: number,
): Pick<Job, 'compare' | 'run'> {
  const layers: FusedSessionLayer<View>[] = network.weights.map(({ kernel, recurrentKernel, bias }) => {
    if (kernel === undefined || recurrentKernel === undefined) throw new Error('only LSTM layers are streamed here');
    return { kind: 'lstm', kernel, recurrentKernel, bias, ...activations };
  });
  const outputSize = network.weights.at(-1)?.recurrentKernel?.shape[0] as number;
  const plan = { sessions: 1, inputSize: x.length, outputSize, layers, weightPrecision: 'float32' } as const;
  const session = device.backend.createSession?.(plan);
  if (session === undefined) throw new Error('the backend has no session for this network');
  const output = new Float32Array(outputSize);
  const run = (repeat: number): void => {
    for (let i = 0; i < repeat; i++) session.step(x, output);
  };
  return {
    async compare() {
      run(steps);
      return { output: [...output] };
    },
    run,
  };
}

function jobOf(
  device: Device,
  workload: Workload,
  arrays: Arrays,
  options: WorkerOptions,
): Pick<Job, 'compare' | 'run'> {
  const network = new KernelNetwork(device, workload, arrays, options);
  const steps = (count: number, step: () => TypedArray): number[] =>
    Array.from({ length: count }, () => step()[0] as number);
  if (workload.streaming) {
    return streamJob(device, network, arrays['x']?.data as Float32Array, options.comparedStreamSteps);
  }
  if (workload.loss === undefined) {
    return {
      compare: async () => ({ output: [...network.infer()] }),
      run(repeat) {
        for (let i = 0; i < repeat; i++) network.infer();
      },
    };
  }
  return {
    compare: async () => ({ losses: steps(options.comparedSteps, () => network.train()) }),
    run(repeat) {
      for (let i = 0; i < repeat; i++) network.train();
    },
  };
}

/** Our kernels called through the backend contract, without tensors, tape, layers or promises in between. */
await serve(async (workload, arrays, options) => {
  const info = cpuInfo();
  if (!info.native) throw new Error(info.detail);
  const device = new Device(cpu({ threads: options.threads }));
  const about = { version: packageVersion('@lstm/backend-cpu'), settings: info.instructionSet ?? '' };
  return { ...about, ...jobOf(device, workload, arrays, options) };
});
