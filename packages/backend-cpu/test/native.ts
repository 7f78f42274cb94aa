import { spawnSync } from 'node:child_process';
import type { Backend, Shape, TypedArray, View } from '@lstm/core';
import { expect } from 'vitest';
import { type CpuOptions, cpu } from '../src/index.ts';
import { loadNative } from '../src/load.ts';

/** The native backend. Fails, instead of testing the reference backend in its place, where the addon is missing. */
export function nativeBackend(options: CpuOptions = {}): Backend {
  const result = loadNative();
  expect(result.native === undefined ? result.reason : '').toBe('');
  return cpu(options);
}

/** Instruction sets of this processor. */
export function instructionSets(): readonly string[] {
  const result = loadNative();
  if (result.native === undefined) throw new Error(result.reason);
  const engine = new result.native.Engine(1, '');
  const sets = engine.describe().instructionSets;
  engine.dispose();
  return sets;
}

/** Runs `code` in a process of its own: how that ended, and what it printed. */
export function runProcess(
  code: string,
  command: readonly string[] = [process.execPath],
): { readonly ended: number | string | null; readonly printed: string } {
  const [program = '', ...args] = command;
  const { status, signal, stdout } = spawnSync(program, [...args, '-e', code], { encoding: 'utf8' });
  return { ended: signal ?? status, printed: stdout.trim() };
}

/** Uploads float32 values. */
export function floats(backend: Backend, values: readonly number[], shape: Shape): View {
  return backend.upload(Float32Array.from(values), shape);
}

/** Attributes of a recurrent kernel that goes forwards. */
export const recurrentAttributes = {
  reverse: false,
  zeroOutputForMask: false,
  activation: 'tanh',
  recurrentActivation: 'sigmoid',
  resetAfter: true,
} as const;

/** The nearest bfloat16 numbers, the even one of two: what the upper half of a float32 can hold. */
export function bfloat16(values: Float32Array): Float32Array {
  const bits = new Uint32Array(1);
  const single = new Float32Array(bits.buffer);
  return values.map((x) => {
    single[0] = x;
    const [word = 0] = bits;
    bits[0] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
    return Number.isNaN(x) ? x : (single[0] as number);
  });
}

/** Expects |a − b| ≤ absolute + relative · |b| everywhere; NaN equals NaN. */
export function expectClose(
  actual: TypedArray,
  expected: ArrayLike<number>,
  absolute: number,
  relative: number,
  what: string,
): void {
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const [a, b] = [actual[i] as number, expected[i] as number];
    if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const ok = Math.abs(a - b) <= absolute + relative * Math.abs(b);
    if (!ok) expect.fail(`${what}: element ${i} is ${a}, expected ${b}`);
  }
}

/** A small generator of repeatable numbers in [0, 1) (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
