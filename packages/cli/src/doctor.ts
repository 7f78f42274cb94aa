import { availableParallelism } from 'node:os';
import {
  type Backend,
  checkOptions,
  checkRange,
  getBackend,
  hasDefaultBackend,
  hostArray,
  meanSquaredError,
  sizeOf,
  UnsupportedError,
  uniform,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { dense, lstm, sequential } from '@lstm/layers';
import { sgd } from '@lstm/optim';
import { createTrainer } from '@lstm/train';
import { makeBackend } from './backend.ts';

/** A backend as found on this machine. */
interface Finding {
  readonly name: string;
  readonly state: string;
  readonly backend?: Backend;
  /** Why it is so. */
  readonly reasons?: readonly string[];
}

const supportedNode = 'Node 20.19 or newer, 22.13 or newer, 24 or newer';

function nodeIsSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 24 || (major === 22 && minor >= 13) || (major === 20 && minor >= 19);
}

async function nativeFinding(): Promise<Finding> {
  const name = 'cpu';
  try {
    const { cpu, cpuInfo } = await import('@lstm/backend-cpu');
    const { native, detail, instructionSet, threads, reasons } = cpuInfo();
    if (!native) return { name, state: `not available: ${detail}`, reasons };
    return { name, state: `ready: ${instructionSet}, ${threads} threads`, backend: cpu(), reasons };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    return {
      name,
      state: missing ? 'not installed: npm install @lstm/backend-cpu' : `not available: ${String(error)}`,
    };
  }
}

/** A finding without a speed: the first step alone takes seconds. */
async function gpuFinding(): Promise<Finding> {
  const name = 'gpu';
  try {
    const backend = await makeBackend(name);
    await backend.dispose();
    return { name, state: 'ready, as WebAssembly: slow, for comparisons; it is made for GPUs in browsers' };
  } catch (error) {
    const missing = error instanceof UnsupportedError;
    const state = missing
      ? 'not installed, and not needed: it is made for GPUs in browsers'
      : `not available: ${error}`;
    return { name, state };
  }
}

/** Resolves to training steps per second of a small LSTM: 32 sequences of 32 steps, 16 features, 64 units. */
async function speedOf(backend: Backend, milliseconds: number): Promise<number> {
  await useBackend(backend);
  const network = sequential([lstm({ units: 64, inputShape: [32, 16] }), dense({ units: 1 })]);
  const trainer = createTrainer(network, { optimizer: sgd(), loss: meanSquaredError });
  const draw = (shape: readonly number[]) =>
    hostArray(uniform(sizeOf(shape), { seed: 0, name: 'doctor', step: 0 }), shape);
  const [x, y] = [draw([32, 32, 16]), draw([32, 1])];
  await trainer.trainOnBatch(x, y);
  const start = performance.now();
  let steps = 0;
  while (performance.now() - start < milliseconds) {
    await trainer.trainOnBatch(x, y);
    steps += 1;
  }
  const seconds = (performance.now() - start) / 1000;
  trainer.dispose();
  return steps / seconds;
}

/** Options of {@link doctor}. */
export interface DoctorOptions {
  /** Time that the speed of all backends is probed for. Default 1000. */
  readonly probeMs?: number;
}

/**
 * Resolves to what this machine can do: Node, platform, the backends with their speed, or why they do not load. The default backend
 * is afterwards what it was, and the reference backend where none was chosen.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { doctor } from '@lstm/cli';
 *
 * const found = await doctor({ probeMs: 30 });
 * console.log(found.includes('is supported')); // => true
 * ```
 */
export async function doctor(options: DoctorOptions = {}): Promise<string> {
  checkOptions('doctor', options, ['probeMs']);
  const { probeMs = 1000 } = options;
  checkRange('doctor', 'probeMs', probeMs, 0);
  const version = process.versions.node;
  const findings: Finding[] = [
    { name: 'reference', state: 'ready: plain TypeScript', backend: reference() },
    await nativeFinding(),
    await gpuFinding(),
  ];
  const ready = findings.filter(({ backend }) => backend !== undefined).length;
  const rows: string[][] = [];
  const chosen = hasDefaultBackend() ? getBackend() : reference();
  try {
    for (const { name, state, backend, reasons = [] } of findings) {
      const speed = backend && `${(await speedOf(backend, probeMs / ready)).toFixed(0)} steps/s`;
      rows.push([name, speed ?? '–', state], ...reasons.map((reason) => ['', '', reason]));
    }
  } finally {
    await useBackend(chosen);
    for (const { backend } of findings) await backend?.dispose();
  }
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return [
    `Node ${version} ${nodeIsSupported(version) ? 'is supported' : `is not supported: install ${supportedNode}`}`,
    `${process.platform} ${process.arch}, ${availableParallelism()} processors`,
    '',
    ...rows.map(([name = '', speed = '', state = '']) => `${name.padEnd(width)}  ${speed.padStart(14)}  ${state}`),
    '',
    'A step trains an LSTM of 64 units on 32 sequences of 32 steps with 16 features.',
  ].join('\n');
}
