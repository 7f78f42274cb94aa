import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from './protocol.ts';
import type { Command } from './worker-process.ts';
import { adamNumbers, comparedSteps, comparedStreamSteps, type Workload } from './workloads.ts';

/**
 * What a row counts as: ours by kernels or by the public API, the same with weights in bfloat16, a peer, or one that does other work of
 * the same shape.
 */
export type Role = 'kernel' | 'endToEnd' | 'narrowKernel' | 'narrowEndToEnd' | 'peer' | 'otherWork';

/** An engine with one setting of threads. */
export interface Variant {
  readonly engine: string;
  readonly role: Role;
  readonly options: WorkerOptions;
  readonly command: Command;
  /** What tells it from its siblings besides the number of threads. */
  readonly label?: string;
  /** Which workloads it can do. */
  readonly does: (workload: Workload) => boolean;
}

/** An engine, or what stands in its way. */
export interface Absent {
  readonly engine: string;
  readonly reason: string;
}

// src/ and dist/ both lie one level below the package's root.
const root: string = fileURLToPath(new URL('..', import.meta.url));
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Environment variables that may slow a numerical library down or pin it to a setting; the engines do not see them. */
export const handicaps: RegExp = /^(OPENBLAS|GOTO|OMP|GOMP|KMP|MKL|DNNL|ONEDNN)_/;

function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !handicaps.test(name)));
}

function node(worker: string): Command {
  const file = fileURLToPath(new URL(`./workers/${worker}.${extension}`, import.meta.url));
  return { program: process.execPath, arguments: [file], environment: cleanEnvironment() };
}

function options(
  threads: number,
  more: Pick<WorkerOptions, 'backend'> & Partial<Pick<WorkerOptions, 'weightPrecision'>> = {},
): WorkerOptions {
  return { threads, adam: adamNumbers, comparedSteps, comparedStreamSteps, weightPrecision: 'float32', ...more };
}

/** The Python interpreters to try: those of `LSTM_BENCH_PYTHON`, else the one that `install:pytorch` made. */
function interpreters(): string[] {
  const named = process.env['LSTM_BENCH_PYTHON'];
  if (named) return named.split(delimiter);
  const places = ['.venv/bin/python', '.venv/Scripts/python.exe'].map((place) => join(root, place));
  return places.filter((place) => existsSync(place));
}

function pytorch(program: string, threads: number, policy: 'PASSIVE' | 'ACTIVE'): Variant {
  const count = String(threads);
  const settings = { OMP_WAIT_POLICY: policy, OMP_NUM_THREADS: count, MKL_NUM_THREADS: count };
  return {
    engine: 'PyTorch',
    role: 'peer',
    options: options(threads),
    label: `OMP_WAIT_POLICY=${policy}`,
    command: {
      program,
      arguments: [join(root, 'pytorch', 'worker.py')],
      environment: { ...cleanEnvironment(), ...settings },
    },
    does: () => true,
  };
}

/** All engines with all their settings, and those that cannot be had. */
export function listEngines(): { readonly variants: readonly Variant[]; readonly absent: readonly Absent[] } {
  const all = (): boolean => true;
  const hasKernels = ({ layers }: Workload): boolean => layers.every(({ kind }) => kind !== 'coupledCell');
  const inference = ({ loss }: Workload): boolean => loss === undefined;
  const predicts = (workload: Workload): boolean => inference(workload) && !workload.streaming;
  const forecast = ({ name }: Workload): boolean => name === 'train.forecast';
  const threads = availableParallelism() > 1 ? [1, 2] : [1];
  const ours = threads.flatMap((count): Variant[] => [
    { engine: '@lstm kernels', role: 'kernel', options: options(count), command: node('kernel'), does: hasKernels },
    { engine: '@lstm', role: 'endToEnd', options: options(count), command: node('end-to-end'), does: all },
    ...(['kernel', 'end-to-end'] as const).map((worker): Variant => {
      const role = worker === 'kernel' ? 'narrowKernel' : 'narrowEndToEnd';
      const engine = worker === 'kernel' ? '@lstm kernels, bfloat16' : '@lstm, bfloat16';
      const narrow = options(count, { weightPrecision: 'bfloat16' });
      return { engine, role, options: narrow, command: node(worker), does: predicts };
    }),
  ]);
  const python = interpreters();
  // One thread has nobody to wait for: the policy matters from two on.
  const torch = python.flatMap((program) =>
    threads.flatMap((count) =>
      (count === 1 ? (['PASSIVE'] as const) : (['PASSIVE', 'ACTIVE'] as const)).map((policy) =>
        pytorch(program, count, policy),
      ),
    ),
  );
  const others: Variant[] = [
    ...threads.map((count): Variant => {
      const command = node('onnx-runtime');
      return { engine: 'ONNX Runtime', role: 'peer', options: options(count), command, does: inference };
    }),
    ...['cpu', 'wasm'].map((backend): Variant => {
      const command = node('tensorflow');
      return { engine: `tfjs ${backend}`, role: 'peer', options: options(1, { backend }), command, does: forecast };
    }),
    { engine: 'brain.js', role: 'otherWork', options: options(1), command: node('brain'), does: forecast },
  ];
  const reason = 'there is no interpreter: set LSTM_BENCH_PYTHON, or run pnpm --filter bench install:pytorch';
  return {
    variants: [...ours, ...torch, ...others],
    absent: python.length === 0 ? [{ engine: 'PyTorch', reason }] : [],
  };
}
