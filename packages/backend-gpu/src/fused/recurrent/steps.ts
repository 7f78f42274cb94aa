import type { Shape } from '@lstm/core';
import type { Block } from '../../device.ts';
import type { ArgumentKind, KernelText } from '../../gpu-js.ts';
import type { GpuView } from '../../store.ts';
import type { Scratch } from './call.ts';

/** Where a launch finds results of a step: states before or after it, gradients of the step walked before or of its own. */
export type At = 'before' | 'after' | 'next' | 'own';

/** Arguments by name. */
export type Values = Readonly<Record<string, Block | number>>;

/** Arguments of a kernel in the making: what its source asks for. */
export class ArgumentList {
  readonly #kinds = new Map<string, ArgumentKind>();

  /** Puts an argument on the list; returns its name. */
  use(name: string, kind: ArgumentKind): string {
    this.#kinds.set(name, kind);
    return name;
  }

  /** Returns the kernel with these arguments, arrays before numbers. */
  kernel(body: string, extraResults?: readonly string[]): KernelText {
    const all = [...this.#kinds];
    const isNumber = ([, kind]: (typeof all)[number]): boolean => kind === 'integer' || kind === 'float';
    const sorted = [...all.filter((one) => !isNumber(one)), ...all.filter(isNumber)];
    return {
      source: `function(${sorted.map(([name]) => name).join(', ')}) { ${body} }`,
      arguments: sorted.map(([, kind]) => kind),
      ...(extraResults && { extraResults }),
    };
  }
}

/** How sources for a device get at what steps keep. A thread makes `lanes` neighbouring units of one sequence. */
export interface Reach {
  /** 0, 1, …: the units of a thread. */
  readonly lanes: readonly number[];
  /** Threads that make the units of one sequence. */
  readonly columns: number;
  /** Statements that set the thread's `x` (of the columns) and `y` (sequence). */
  readonly position: string;
  /** Returns the source of the index of the thread's results. */
  readonly thread: string;
  /** Returns one unit of what a thread reads at once. */
  part(value: string, lane: number | '$'): string;
  /** Returns the index of a unit. */
  unit(column: string, lane: number): string;
  /** Returns what step `at` has at a column of row `y`. */
  state(list: ArgumentList, at: At, name: string, column: string): string;
  /** Statements before `stored`, from `slot` (half the step) and `y`. */
  beforeStored(list: ArgumentList): string;
  /** Returns what the even or odd steps have at column `x`. */
  stored(list: ArgumentList, parity: 'even' | 'odd', name: string): string;
  /** Returns the product of the input at step `t` for a gate. */
  projection(list: ArgumentList, gate: number): string;
  /** Returns the recurrent weights of a unit for a gate at a column. */
  weights(list: ArgumentList, unit: string, gate: number, column: string): string;
  /** Returns the kernel that leaves `names0 …` as the results of a launch. */
  finish(list: ArgumentList, body: string, names: readonly string[]): KernelText;
}

/** What one launch makes in every step. */
export interface Group {
  readonly names: readonly string[];
}

/** How a device keeps the results of all steps, and runs steps. */
export interface Steps {
  readonly reach: Reach;
  /** Units of a row as they are stored. */
  readonly padded: number;
  /** Returns room for the results of every step. */
  open(names: readonly string[]): Group;
  close(group: Group): void;
  /** Returns the arguments by which `state` finds the results of a step. */
  at(at: At, groups: readonly Group[], step: number): Values;
  /** Returns the arguments by which `stored` finds results. */
  all(groups: readonly Group[]): Values;
  /** Runs a launch whose results are those of a group at a step. */
  run(key: string, text: () => KernelText, values: Values, group: Group, step: number): void;
  /** Runs a kernel of the same threads whose only result is a tensor. */
  make(key: string, text: () => KernelText, values: Values, shape: Shape): GpuView;
  /** Returns the recurrent kernel as steps read it; the caller frees it where it is a copy. */
  recurrent(kernel: GpuView): GpuView;
  /** Multiplies the rows `[batch · time, features]` with the kernel; returns the arguments of `projection` for a step. */
  project(rows: GpuView, kernel: GpuView, scratch: Scratch): (t: number) => Values;
}

/** Sizes of a call, and the op's name. */
export interface CallSizes {
  readonly name: string;
  readonly batch: number;
  readonly time: number;
  readonly units: number;
}
