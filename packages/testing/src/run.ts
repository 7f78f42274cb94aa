import {
  type Backend,
  checkOptions,
  type DType,
  defineBackend,
  OptionError,
  type Tensor,
  UnsupportedError,
} from '@lstm/core';
import type { ConformanceCase } from './case.ts';
import { conformanceCases } from './cases/index.ts';
import { type Comparison, compareAll } from './compare.ts';
import { differentiable, gradientsOf, outputsOf, runOnce } from './evaluate.ts';
import { expectedGradients, expectedOutputs } from './expected.ts';
import { measure } from './measure.ts';
import { toleranceOf } from './tolerances.ts';

/**
 * What is done with a case:
 *
 * - `test` compares outputs with the float64 reference,
 * - `grad` compares gradients with central differences of the float64 reference, in large cases with its gradients; it asks for
 *   them twice, as one does of a graph that is retained,
 * - `perf` counts forward calls per second and judges nothing,
 * - `support` runs it forward and, where there is a gradient, backward, and compares nothing.
 */
export type ConformanceMode = 'test' | 'grad' | 'perf' | 'support';

/** What one case gave in one mode; plain data, so a table of rows is JSON. */
export interface ConformanceRow {
  readonly backend: string;
  /** Op and name of the case. */
  readonly case: string;
  readonly mode: ConformanceMode;
  /** `unsupported`: the backend said so with an {@link UnsupportedError}, at the call or at the read. */
  readonly status: 'pass' | 'fail' | 'unsupported';
  /** Largest distance from the expected values beyond the relative tolerance; `null` when no values were compared. */
  readonly maxError: number | null;
  /** Forward calls per second, in mode `perf`. */
  readonly callsPerSecond?: number;
  /** Why it failed, such as the worst value and the expected one, or is unsupported. */
  readonly reason?: string;
}

/** Options of {@link runCase}. */
export interface RunCaseOptions {
  /** How long mode `perf` measures, in milliseconds. Default 50. */
  readonly durationMs?: number;
}

type Outcome = Pick<ConformanceRow, 'status' | 'maxError' | 'callsPerSecond' | 'reason'>;

/**
 * Returns whether a case has something to do in a mode: one without differentiable inputs has no mode `grad`, one that judges
 * has mode `test` alone.
 *
 * @example
 * ```ts
 * import { equal } from '@lstm/core';
 * import { appliesTo, type ConformanceCase, input } from '@lstm/testing';
 *
 * const each: ConformanceCase = {
 *   op: 'equal',
 *   name: 'two vectors',
 *   inputs: { a: input([3], 1), b: input([3], 2) },
 *   differentiable: [],
 *   run: ({ a, b }) => equal(a!, b!),
 * };
 * console.log(appliesTo(each, 'test'), appliesTo(each, 'grad')); // => true false
 * ```
 */
export function appliesTo(each: ConformanceCase, mode: ConformanceMode): boolean {
  if (each.judge !== undefined) return mode === 'test';
  return mode !== 'grad' || differentiable(each).length > 0;
}

async function compareOutputs(each: ConformanceCase, backend: Backend, float: DType): Promise<Comparison> {
  const found = await outputsOf(each, backend, float);
  const names = found.map((_, i) => (found.length === 1 ? 'the value' : `output ${i + 1} of ${found.length}`));
  return compareAll(names, found, await expectedOutputs(each), toleranceOf(backend, 'output'));
}

/** Asks twice: a backward call must leave what forward saved as it was, for a graph that is retained. */
async function compareGradients(each: ConformanceCase, backend: Backend, float: DType): Promise<Comparison> {
  const found = await gradientsOf(each, backend, float, 2);
  const expected = await expectedGradients(each);
  const first = differentiable(each).map((name) => `gradient of ${name}`);
  const names = [...first, ...first.map((name) => `the second ${name}`)];
  return compareAll(names, found, [...expected, ...expected], toleranceOf(backend, 'gradient'));
}

const outcome = (comparison: Comparison): Outcome => ({
  status: comparison.reason === undefined ? 'pass' : 'fail',
  ...comparison,
});

type Judge = Exclude<ConformanceCase['judge'], undefined>;

async function judged(each: ConformanceCase, judge: Judge, backend: Backend, float: DType): Promise<Outcome> {
  const made: Tensor[] = [];
  try {
    await judge(() => {
      const outputs = runOnce(each, backend, float);
      made.push(...outputs);
      return outputs;
    });
  } finally {
    for (const output of made) output.dispose();
  }
  return { status: 'pass', maxError: null };
}

async function outcomeOf(
  each: ConformanceCase,
  backend: Backend,
  mode: ConformanceMode,
  durationMs: number,
): Promise<Outcome> {
  const float: DType = backend.dtypes.has('float64') ? 'float64' : 'float32';
  switch (mode) {
    case 'test':
      if (each.judge) return judged(each, each.judge, backend, float);
      return outcome(await compareOutputs(each, backend, float));
    case 'grad':
      return outcome(await compareGradients(each, backend, float));
    case 'perf':
      return { status: 'pass', maxError: null, callsPerSecond: await measure(each, backend, float, durationMs) };
    case 'support':
      await outputsOf(each, backend, float);
      if (appliesTo(each, 'grad')) await gradientsOf(each, backend, float);
      return { status: 'pass', maxError: null };
  }
}

/**
 * Runs one case in one mode on a backend. What the backend does wrong becomes a row, never a rejection.
 *
 * @throws OptionError (rejects with it) when the case has nothing to do in the mode: {@link appliesTo} tells; BackendError for what is
 *   no backend
 *
 * @example
 * ```ts
 * import { reference } from '@lstm/core/reference';
 * import { conformanceCases, runCase } from '@lstm/testing';
 *
 * const [first] = conformanceCases();
 * if (first !== undefined) {
 *   const { case: name, mode, status } = await runCase(first, reference(), 'grad');
 *   console.log(name, mode, status); // => add: equal shapes grad pass
 * }
 * ```
 */
export async function runCase(
  each: ConformanceCase,
  backend: Backend,
  mode: ConformanceMode,
  options: RunCaseOptions = {},
): Promise<ConformanceRow> {
  checkOptions('runCase', options, ['durationMs']);
  defineBackend(backend);
  const row = { backend: backend.name, case: `${each.op}: ${each.name}`, mode };
  if (!appliesTo(each, mode)) {
    const why = each.judge ? 'compares no values' : 'has no input with a gradient';
    const fix = 'Ask appliesTo(case, mode) before, or call runConformance.';
    throw new OptionError('runCase', `"${row.case}" ${why}.`, `So it has nothing to do in mode ${mode}.`, fix);
  }
  try {
    return { ...row, ...(await outcomeOf(each, backend, mode, options.durationMs ?? 50)) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const status = error instanceof UnsupportedError ? 'unsupported' : 'fail';
    return { ...row, status, maxError: null, reason };
  }
}

/** Options of {@link runConformance}. */
export interface RunConformanceOptions extends RunCaseOptions {
  /** Default `test` and `grad`. */
  readonly modes?: readonly ConformanceMode[];
  /** Default {@link conformanceCases}. */
  readonly cases?: readonly ConformanceCase[];
}

/**
 * Runs cases in every mode asked for, one after the other.
 *
 * @returns one row for each case and mode, those of a mode together
 * @throws BackendError (rejects with it) for what is no backend
 *
 * @example
 * ```ts
 * import { reference } from '@lstm/core/reference';
 * import { conformanceCases, runConformance } from '@lstm/testing';
 *
 * const cases = conformanceCases().filter(({ op }) => op === 'matmul');
 * const rows = await runConformance(reference(), { modes: ['test', 'support'], cases });
 * console.log(rows.every(({ status }) => status === 'pass')); // => true
 * ```
 */
export async function runConformance(backend: Backend, options: RunConformanceOptions = {}): Promise<ConformanceRow[]> {
  checkOptions('runConformance', options, ['modes', 'cases', 'durationMs']);
  defineBackend(backend);
  const { modes = ['test', 'grad'], cases = conformanceCases(), durationMs = 50 } = options;
  const rows: ConformanceRow[] = [];
  for (const mode of modes) {
    for (const each of cases) {
      if (appliesTo(each, mode)) rows.push(await runCase(each, backend, mode, { durationMs }));
    }
  }
  return rows;
}
