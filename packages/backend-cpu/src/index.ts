import { type Backend, checkInteger, checkOptions, checkRange, OptionError } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { createBackend } from './backend.ts';
import { loadNative } from './load.ts';

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
}

function checkThreads(name: string, count: number): void {
  checkInteger('cpu', name, count);
  checkRange('cpu', name, count, 1, 256);
}

/** The number of threads that was asked for, else the processors at hand. */
function threadCount(asked: number | undefined, processors: number): number {
  if (asked !== undefined) return asked;
  const variable = process.env['LSTM_NUM_THREADS'];
  if (variable === undefined || variable === '') return Math.min(processors, 256);
  checkThreads('LSTM_NUM_THREADS', Number(variable));
  return Number(variable);
}

let warned = false;

/**
 * Returns the native CPU backend: fused kernels in C++, computed on threads of their own, so that calls return at once and
 * only reading waits. Results are the same bit for bit in every run with the same number of threads.
 *
 * Where the addon cannot be loaded it warns once, says why and what to do, and returns the reference backend.
 *
 * @throws OptionError when an option is unknown or out of its range
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
    if (!warned) {
      warned = true;
      process.emitWarning(
        `[cpu] the native addon is not available: ${result.reason}. The slower reference backend takes over. ` +
          'Install a C++17 compiler, make and Python 3, then run: npx lstm-build-native',
        { code: 'LSTM_NO_NATIVE' },
      );
    }
    return reference();
  }
  const { native } = result;
  const threads = threadCount(options.threads, native.processors);
  const wanted = options.instructionSet ?? process.env['LSTM_CPU_ISA'] ?? '';
  try {
    return createBackend(new native.Engine(threads, wanted));
  } catch (error) {
    const { instructionSets } = new native.Engine(1, '').describe();
    if (instructionSets.includes(wanted)) throw error;
    throw new OptionError(
      'cpu',
      `instruction set ${JSON.stringify(wanted)} does not run here.`,
      `This processor runs ${instructionSets.join(', ')}.`,
      'Leave the option out to get the fastest.',
    );
  }
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
  if (result.native === undefined) return { native: false, detail: result.reason };
  const engine = new result.native.Engine(
    threadCount(undefined, result.native.processors),
    process.env['LSTM_CPU_ISA'] ?? '',
  );
  const description = engine.describe();
  engine.dispose();
  return { native: true, detail: result.file, ...description };
}
