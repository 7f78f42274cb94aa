import { availableParallelism } from 'node:os';
import { type Backend, checkInteger, checkOptions, checkRange, OptionError } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { createBackend } from './backend.ts';
import { call } from './device.ts';
import { loadNative } from './load.ts';
import type { NativeEngine, NativeModule } from './native.ts';

/** Options of {@link cpu}. */
export interface CpuOptions {
  /** Threads that share the work, 1 to 256; default `LSTM_NUM_THREADS`, else the processors this process may use. */
  readonly threads?: number;
  /** Instruction set of the kernels: `baseline`, `avx2` or `avx512`; default `LSTM_CPU_ISA`, else the fastest one here. */
  readonly instructionSet?: string;
}

/** What {@link cpuInfo} finds. */
export interface CpuInfo {
  /** False when the reference backend takes over. */
  readonly native: boolean;
  /** The binary in use, or why there is none. */
  readonly detail: string;
  readonly instructionSet?: string;
  /** All that this processor can run, slowest first. */
  readonly instructionSets?: readonly string[];
  /** Default number of threads. */
  readonly threads?: number;
  /** Why it is this binary, this instruction set and this number of threads, one sentence each; or what to do to get a binary. */
  readonly reasons: readonly string[];
}

function checkThreads(name: string, count: number): void {
  checkInteger('cpu', name, count);
  checkRange('cpu', name, count, 1, 256);
}

/** A number of threads, and why it is this one. */
function defaultThreads(processors: number): { readonly threads: number; readonly why: string } {
  const variable = process.env['LSTM_NUM_THREADS'];
  if (variable !== undefined && variable !== '') {
    const threads = Number(variable);
    // The error shows a text that is no number as it was written.
    checkThreads('LSTM_NUM_THREADS', Number.isNaN(threads) ? (variable as unknown as number) : threads);
    return { threads, why: 'LSTM_NUM_THREADS' };
  }
  const threads = Math.min(processors, 256);
  const all = availableParallelism();
  return {
    threads,
    why:
      threads < all
        ? `a quota leaves this process ${processors} of ${all} processors`
        : 'the processors of this process',
  };
}

const warnings = new Set<string>();

function warnOnce(code: string, message: string): void {
  if (warnings.has(code)) return;
  warnings.add(code);
  process.emitWarning(message, { code });
}

function createEngine(native: NativeModule, threads: number, instructionSet: string): NativeEngine {
  return call('cpu', () => new native.Engine(threads, instructionSet));
}

/** An engine on the default instruction set: the fastest one here, or what `LSTM_CPU_ISA` names, if the processor has it. */
function defaultEngine(native: NativeModule, threads: number): { readonly engine: NativeEngine; readonly why: string } {
  const wanted = process.env['LSTM_CPU_ISA'] ?? '';
  if (wanted === '')
    return { engine: createEngine(native, threads, ''), why: 'the fastest one that this processor runs' };
  try {
    return { engine: createEngine(native, threads, wanted), why: 'LSTM_CPU_ISA' };
  } catch {
    const engine = createEngine(native, threads, '');
    const { instructionSet, instructionSets } = engine.describe();
    const fact = `LSTM_CPU_ISA is ${JSON.stringify(wanted)}, and this processor runs ${instructionSets.join(', ')}`;
    warnOnce('LSTM_CPU_ISA', `[cpu] ${fact}. ${instructionSet} is used. Unset LSTM_CPU_ISA, or name one of these.`);
    return { engine, why: fact };
  }
}

/** An engine on the instruction set that was asked for. */
function engineFor(native: NativeModule, threads: number, instructionSet: string): NativeEngine {
  try {
    return createEngine(native, threads, instructionSet);
  } catch (error) {
    const engine = createEngine(native, 1, '');
    const { instructionSets } = engine.describe();
    engine.dispose();
    if (instructionSets.includes(instructionSet)) throw error;
    throw new OptionError(
      'cpu',
      `instruction set ${JSON.stringify(instructionSet)} does not run here.`,
      `This processor runs ${instructionSets.join(', ')}.`,
      'Leave the option out to get the fastest.',
    );
  }
}

/**
 * Returns the native CPU backend: fused kernels in C++, computed on threads of their own, so that calls return at once and
 * only reading waits. Results are the same bit for bit in every run with the same number of threads.
 *
 * Where the addon cannot be loaded it warns once, says why and what to do, and returns the reference backend.
 *
 * @throws OptionError when an option is unknown or out of its range
 * @throws BackendError when the system gives the process no more threads; fewer than asked for suffice
 *
 * @example
 * ```ts
 * import { cpu } from '@lstm/backend-cpu';
 * import { add, tensor, useBackend } from '@lstm/core';
 *
 * await useBackend(cpu());
 * const sum = add(tensor([1, 2]), tensor([3, 4]));
 * console.log([...(await sum.data())]); // => [ 4, 6 ]
 * ```
 */
export function cpu(options: CpuOptions = {}): Backend {
  checkOptions('cpu', options, ['threads', 'instructionSet']);
  if (options.threads !== undefined) checkThreads('threads', options.threads);
  const result = loadNative();
  if (result.native === undefined) {
    const { reason, fix } = result;
    warnOnce(
      'LSTM_NO_NATIVE',
      `[cpu] the native addon is not available: ${reason}. The slower reference backend takes over. ${fix}.`,
    );
    return reference();
  }
  const { native } = result;
  const threads = options.threads ?? defaultThreads(native.processors).threads;
  const { instructionSet } = options;
  const engine =
    instructionSet === undefined ? defaultEngine(native, threads).engine : engineFor(native, threads, instructionSet);
  return createBackend(engine, native.commands);
}

/**
 * Returns which binary, instruction set and number of threads {@link cpu} would use here, and why; for `lstm doctor`.
 *
 * @example
 * ```ts
 * import { cpuInfo } from '@lstm/backend-cpu';
 *
 * console.log(typeof cpuInfo().native); // => boolean
 * ```
 */
export function cpuInfo(): CpuInfo {
  const result = loadNative();
  if (result.native === undefined) {
    return { native: false, detail: result.reason, reasons: [`To get it: ${result.fix}.`] };
  }
  const { native, file, source, skipped } = result;
  const { threads, why: whyThreads } = defaultThreads(native.processors);
  const { engine, why: whySet } = defaultEngine(native, 1); // it describes itself and runs nothing
  const description = engine.describe();
  engine.dispose();
  const reasons = [
    `Binary: ${file}, ${source}.`,
    ...skipped.map((reason) => `Not used: ${reason}.`),
    `Instruction set: ${description.instructionSet} of ${description.instructionSets.join(', ')}: ${whySet}.`,
    `Threads: ${threads}: ${whyThreads}.`,
  ];
  return { native: true, detail: file, ...description, threads, reasons };
}
