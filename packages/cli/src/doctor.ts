import { availableParallelism } from 'node:os';
import {
  type Backend,
  checkOptions,
  checkRange,
  getBackend,
  hasDefaultBackend,
  UnsupportedError,
  useBackend,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { makeBackend } from './backend.ts';
import { formatTable } from './format.ts';
import { checkProbe, type ProbeOptions, probe, probeOptions, type Speed } from './probe.ts';

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

/** Options of {@link doctor}. */
export interface DoctorOptions extends ProbeOptions {
  /** Time that the speed of all backends is probed for. Default 2000. */
  readonly probeMs?: number;
}

/** Three digits say enough of a time. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A line of the table: numbers, what is said of them, and in lines below it why. */
interface Row {
  readonly cells: readonly string[];
  readonly state: string;
  readonly reasons: readonly string[];
}

function tableOf(rows: readonly Row[]): string {
  const lines = formatTable(rows.map(({ cells }) => cells)).split('\n');
  const width = Math.max(...lines.map((line) => line.length));
  const rowLines = ({ state, reasons }: Row, i: number): string[] => [
    `${(lines[i] as string).padEnd(width)}  ${state}`.trimEnd(),
    ...reasons.map((reason) => `  ${reason}`),
  ];
  return rows.flatMap(rowLines).join('\n');
}

/** How much faster the fastest backend trains than the slowest. */
function verdict(speeds: readonly (readonly [name: string, speed: Speed])[]): string {
  const sorted = speeds.toSorted(([, a], [, b]) => a.training - b.training);
  const [fastest, slowest] = [sorted[0], sorted.at(-1)];
  if (fastest === undefined || slowest === undefined || fastest === slowest) return 'One backend is ready.';
  const factor = rounded(slowest[1].training / fastest[1].training);
  return `${fastest[0]} trains this network ${factor} times as fast as ${slowest[0]}.`;
}

/**
 * Resolves to what this machine can do: Node, platform, the backends with their speed on a network of your shape, or why they do not load.
 * The default backend is afterwards what it was, and the reference backend where none was chosen.
 *
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { doctor } from '@lstm/cli';
 *
 * const found = await doctor({ layer: 'gru', units: 8, batch: 4, probeMs: 100 });
 * console.log(found.includes('is supported')); // => true
 * ```
 */
export async function doctor(options: DoctorOptions = {}): Promise<string> {
  checkOptions('doctor', options, ['probeMs', ...probeOptions]);
  const { probeMs = 2000, ...given } = options;
  checkRange('doctor', 'probeMs', probeMs, 0);
  const shape = checkProbe('doctor', given);
  const version = process.versions.node;
  const findings: Finding[] = [
    { name: 'reference', state: 'ready: plain TypeScript', backend: reference() },
    await nativeFinding(),
    await gpuFinding(),
  ];
  const ready = findings.filter(({ backend }) => backend !== undefined).length;
  const speeds: [string, Speed][] = [];
  const rows: Row[] = [{ cells: ['', 'training', 'prediction', 'time step'], state: '', reasons: [] }];
  const chosen = hasDefaultBackend() ? getBackend() : reference();
  try {
    for (const { name, state, backend, reasons = [] } of findings) {
      const speed = backend && (await probe(backend, shape, probeMs / ready));
      if (speed !== undefined) speeds.push([name, speed]);
      const times = [speed?.training, speed?.prediction, speed?.step];
      const cells = times.map((time) => (time === undefined ? '–' : `${rounded(time)} ms`));
      rows.push({ cells: [name, ...cells], state, reasons });
    }
  } finally {
    await useBackend(chosen);
    for (const { backend } of findings) await backend?.dispose();
  }
  const { layer, units, batch, time, features } = shape;
  return [
    `Node ${version} ${nodeIsSupported(version) ? 'is supported' : `is not supported: install ${supportedNode}`}`,
    `${process.platform} ${process.arch}, ${availableParallelism()} processors`,
    '',
    tableOf(rows),
    '',
    `Network: ${layer} of ${units} units and a dense layer; batch ${batch}, time ${time}, features ${features}.`,
    'Training and prediction are of the whole batch, a time step is one of stream().',
    verdict(speeds),
  ].join('\n');
}
