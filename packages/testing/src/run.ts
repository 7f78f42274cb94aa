import {
  add,
  type Backend,
  type DType,
  grad,
  mul,
  sum,
  type Tensor,
  type TypedArray,
  tensor,
  tidy,
  UnsupportedError,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import type { ConformanceCase } from './case.ts';
import { weyl } from './case.ts';
import { excess, tolerances } from './tolerances.ts';

/** `test` compares outputs with the float64 reference, `grad` gradients with central differences in float64. */
export type ConformanceMode = 'test' | 'grad';

/** What one case gave in one mode. */
export interface ConformanceRow {
  readonly backend: string;
  readonly case: string;
  readonly mode: ConformanceMode;
  readonly status: 'pass' | 'fail' | 'unsupported';
  /** Largest distance from the expected values beyond the relative tolerance. */
  readonly maxError: number;
  /** Why it failed or is unsupported. */
  readonly reason?: string;
}

type Values = Readonly<Record<string, readonly number[]>>;

function tensorsOf(each: ConformanceCase, values: Values, backend: Backend, float: DType): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(each.inputs).map(([name, { shape, dtype }]) => {
      const type = dtype ?? float;
      const requiresGrad = differentiable(each).includes(name);
      return [name, tensor(values[name] ?? [], { shape, dtype: type, backend, requiresGrad })];
    }),
  );
}

/** Returns the inputs of a case whose gradient is checked; a case without any has no mode `grad`. */
export function differentiable(each: ConformanceCase): readonly string[] {
  return each.differentiable ?? Object.keys(each.inputs).filter((name) => each.inputs[name]?.dtype !== 'int32');
}

function valuesOf(each: ConformanceCase): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(each.inputs).map(([name, { values }]) => [name, values]));
}

async function outputsOf(each: ConformanceCase, backend: Backend, float: DType): Promise<TypedArray[]> {
  const outputs = tidy(() => [each.run(tensorsOf(each, valuesOf(each), backend, float))].flat());
  const data = await Promise.all(outputs.map((output) => output.data()));
  for (const output of outputs) output.dispose();
  return data;
}

/** A weighted sum of all outputs, so that every output element has a gradient of its own. */
function lossOf(each: ConformanceCase, inputs: Readonly<Record<string, Tensor>>): Tensor {
  return [each.run(inputs)]
    .flat()
    .filter((output) => output.dtype !== 'int32')
    .map((output, i) => {
      const { shape, dtype, backend } = output;
      return sum(mul(output, tensor(weyl(output.size, i + 11), { shape, dtype, backend })));
    })
    .reduce((total, part) => add(total, part));
}

async function gradientsOf(each: ConformanceCase, backend: Backend, float: DType): Promise<TypedArray[]> {
  const gradients = tidy(() => {
    const inputs = tensorsOf(each, valuesOf(each), backend, float);
    return grad(
      lossOf(each, inputs),
      differentiable(each).map((name) => inputs[name] as Tensor),
    );
  });
  const data = await Promise.all(gradients.map((gradient) => gradient.data()));
  for (const gradient of gradients) gradient.dispose();
  return data;
}

/** Central differences of the float64 reference, step 1e-5. */
function differencesOf(each: ConformanceCase): Float64Array[] {
  const backend = reference();
  const step = 1e-5;
  const base = valuesOf(each);
  const lossAt = (values: Values): number =>
    tidy(() => lossOf(each, tensorsOf(each, values, backend, 'float64')).dataSync()[0] ?? Number.NaN);
  return differentiable(each).map((name) =>
    Float64Array.from(base[name] ?? [], (value, i) => {
      const at = (x: number): number => lossAt({ ...base, [name]: (base[name] ?? []).with(i, x) });
      return (at(value + step) - at(value - step)) / (2 * step);
    }),
  );
}

/** Runs one case in one mode on a backend; never throws for what the backend does wrong. */
export async function runCase(each: ConformanceCase, backend: Backend, mode: ConformanceMode): Promise<ConformanceRow> {
  const float: DType = backend.dtypes.has('float64') ? 'float64' : 'float32';
  const row = { backend: backend.name, case: `${each.op}: ${each.name}`, mode };
  const kind = mode === 'test' ? 'output' : 'gradient';
  const { absolute, relative } = tolerances[float][kind];
  try {
    const found = await (mode === 'test' ? outputsOf : gradientsOf)(each, backend, float);
    const expected = mode === 'test' ? await outputsOf(each, reference(), 'float64') : differencesOf(each);
    const maxError = Math.max(0, ...found.map((data, i) => excess(data, expected[i] ?? [], relative)));
    return maxError <= absolute
      ? { ...row, status: 'pass', maxError }
      : { ...row, status: 'fail', maxError, reason: `off by ${maxError} beyond the tolerance` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const status = error instanceof UnsupportedError ? 'unsupported' : 'fail';
    return { ...row, status, maxError: Number.POSITIVE_INFINITY, reason };
  }
}
