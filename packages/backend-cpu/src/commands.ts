import { call } from './device.ts';
import type { Handle, NativeEngine, NativeModule } from './native.ts';

/** Calls whose arguments are numbers alone (native/addon/commands.cc). */
export const commandNames = [
  'release',
  'fill',
  'cast',
  'roundToBfloat16',
  'bernoulli',
  'unary',
  'binary',
  'select',
  'reduce',
  'matmul',
  'stridedCopy',
  'gather',
  'scatterAdd',
  'cumulativeSum',
] as const;

type CommandName = (typeof commandNames)[number];

// The longest command has 3 + 3 + 2 · 32 numbers; a few dozen small kernels keep the native thread busy meanwhile.
const capacity = 1024;
const enough = 160;
const reservedAtOnce = 64;

/**
 * Writes calls of small kernels to memory that the native side reads: a call across the border would take longer than most of
 * the kernels do. They run before any other call of the engine, when there are enough of them, and when JavaScript's thread is
 * done with what it does now. A call that the native side refuses is reported by the first use of its result.
 */
export class Commands {
  readonly #engine: NativeEngine;
  readonly #codes: ReadonlyMap<string, number>;
  /** How many of the numbers are in use, then the commands: code, number of arguments, handle of the result, arguments. */
  readonly #memory: Float64Array = new Float64Array(capacity);
  readonly #reserved: Float64Array = new Float64Array(reservedAtOnce);
  #handlesLeft = 0;
  #scheduled = false;
  #ended = false;
  readonly #run = (): void => {
    this.#scheduled = false;
    this.#engine.run();
  };

  constructor(engine: NativeEngine, names: NativeModule['commands']) {
    this.#engine = engine;
    this.#codes = new Map(names.map((name, code) => [name, code]));
    this.#memory[0] = 1;
    engine.setCommands(this.#memory);
  }

  /** Calls a kernel; returns the handle of its result. */
  call(name: CommandName, ...numbers: readonly number[]): Handle {
    if (this.#handlesLeft === 0) {
      call(name, () => this.#engine.reserve(this.#reserved));
      this.#handlesLeft = reservedAtOnce;
    }
    this.#handlesLeft -= 1;
    const result = this.#reserved[this.#handlesLeft] as number;
    let at = this.#begin(name, result, numbers.length);
    for (let i = 0; i < numbers.length; i++) this.#memory[at++] = numbers[i] as number;
    this.#finish(at);
    return result;
  }

  /** Frees a tensor; calls that came before it still use it. */
  release(handle: Handle): void {
    if (this.#ended) return;
    const at = this.#begin('release', 0, 1);
    this.#memory[at] = handle;
    this.#finish(at + 1);
  }

  /** The engine is gone: a call now says so, and there is nothing to free. */
  end(): void {
    this.#ended = true;
    this.#handlesLeft = 0;
  }

  /** Writes the head of a command; returns the place of its first argument. */
  #begin(name: CommandName, result: Handle, count: number): number {
    const memory = this.#memory;
    const at = memory[0] as number;
    memory[at] = this.#codes.get(name) as number;
    memory[at + 1] = count;
    memory[at + 2] = result;
    return at + 3;
  }

  /** The command ends before `at`. */
  #finish(at: number): void {
    this.#memory[0] = at;
    if (at > enough) {
      this.#engine.run();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(this.#run);
    }
  }
}
