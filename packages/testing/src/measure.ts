import { type Backend, type DType, noGrad, type Tensor, tidy } from '@lstm/core';
import type { ConformanceCase } from './case.ts';
import { readAll, tensorsOf, valuesOf } from './evaluate.ts';

// Bounds what a deferring backend queues; a read after each batch makes sure that the work was done, not just queued.
const largestBatch = 32;

/** Resolves to how often per second a backend runs a case forward, its inputs uploaded once. */
export async function measure(
  each: ConformanceCase,
  backend: Backend,
  float: DType,
  durationMs: number,
): Promise<number> {
  const inputs = tidy(() => tensorsOf(each, valuesOf(each), backend, float));
  const call = (): readonly Tensor[] => noGrad(() => tidy(() => [each.run(inputs)].flat()));
  const batch = async (count: number): Promise<void> => {
    for (let i = 1; i < count; i++) for (const output of call()) output.dispose();
    await readAll(call());
  };
  try {
    await batch(2); // warm-up
    const start = performance.now();
    let calls = 0;
    let elapsed = 0;
    for (let count = 1; elapsed < durationMs; count = Math.min(2 * count, largestBatch)) {
      await batch(count);
      calls += count;
      elapsed = performance.now() - start;
    }
    return (1000 * calls) / elapsed;
  } finally {
    for (const input of Object.values(inputs)) input.dispose();
  }
}
