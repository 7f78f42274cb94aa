import {
  add,
  type Backend,
  BackendError,
  type DType,
  dtypeOf,
  formatShape,
  grad,
  type HostArray,
  mul,
  sum,
  type Tensor,
  tensor,
  tidy,
} from '@lstm/core';
import { type ConformanceCase, weyl } from './case.ts';

/** Values of the inputs by name. */
export type Values = Readonly<Record<string, readonly number[]>>;

/** Returns the inputs of a case whose gradient is checked; a case without any has no mode `grad`. */
export function differentiable(each: ConformanceCase): readonly string[] {
  return each.differentiable ?? Object.keys(each.inputs).filter((name) => each.inputs[name]?.dtype !== 'int32');
}

/** Returns the values of a case's inputs. */
export function valuesOf(each: ConformanceCase): Values {
  return Object.fromEntries(Object.entries(each.inputs).map(([name, { values }]) => [name, values]));
}

/** Returns the inputs of a case on a backend. */
export function tensorsOf(
  each: ConformanceCase,
  values: Values,
  backend: Backend,
  float: DType,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(each.inputs).map(([name, { shape, dtype }]) => {
      const requiresGrad = differentiable(each).includes(name);
      return [name, tensor(values[name] ?? [], { shape, dtype: dtype ?? float, backend, requiresGrad })];
    }),
  );
}

/**
 * Resolves to the contents of a tensor.
 *
 * @throws BackendError (rejects with it) when they come in an array of another type or size
 */
async function contentsOf(tensor: Tensor): Promise<HostArray> {
  const { shape, size, dtype } = tensor;
  const data = await tensor.data();
  if (dtypeOf(data) === dtype && data.length === size) return { data, shape };
  throw new BackendError(
    'read',
    `${dtype} ${formatShape(shape)} came as ${data.constructor.name} of ${data.length} values.`,
    'Contents come in the typed array of their dtype, all of them and nothing else.',
    'Convert them in read.',
  );
}

/** Reads tensors and disposes them, also when a read fails. */
export async function readAll(tensors: readonly Tensor[]): Promise<HostArray[]> {
  const reads = await Promise.allSettled(tensors.map(contentsOf));
  for (const each of tensors) each.dispose();
  return reads.map((read) => {
    if (read.status === 'rejected') throw read.reason;
    return read.value;
  });
}

/** Returns the outputs of a case. */
export function runOnce(each: ConformanceCase, backend: Backend, float: DType): Tensor[] {
  return tidy(() => [each.run(tensorsOf(each, valuesOf(each), backend, float))].flat());
}

/** What `make` makes of the inputs of a case, and the inputs. */
interface Made {
  readonly results: readonly Tensor[];
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/**
 * Resolves to what the results hold.
 *
 * @throws BackendError (rejects with it) when an input holds other values than before
 */
async function readMade(each: ConformanceCase, { results, inputs }: Made): Promise<HostArray[]> {
  const names = Object.keys(inputs);
  const read = await readAll([...results, ...Object.values(inputs)]);
  const changed = names.find((name, i) => {
    const { data } = read[results.length + i] as HostArray;
    const given = Float64Array.from(each.inputs[name]?.values ?? []);
    // Float32 of what was given; some devices take what is next to 0 for 0.
    return given.some((value, at) => {
      const found = data[at] as number;
      const before = data instanceof Float32Array ? Math.fround(value) : value;
      return !Object.is(found, before) && !(Math.abs(found - before) < 1e-30);
    });
  });
  if (changed === undefined) return read.slice(0, results.length);
  throw new BackendError(
    each.op,
    `input ${changed} holds other values than before.`,
    'Kernels leave what they are given as it is: others hold it too.',
    'Write results into memory of their own.',
  );
}

/** Resolves to what the outputs of a case hold. */
export async function outputsOf(each: ConformanceCase, backend: Backend, float: DType): Promise<HostArray[]> {
  return readMade(
    each,
    tidy(() => {
      const inputs = tensorsOf(each, valuesOf(each), backend, float);
      return { results: [each.run(inputs)].flat(), inputs };
    }),
  );
}

// Differences ask for the same weights thousands of times.
const weights = new Map<string, Float64Array>();

function weightsOf(size: number, seed: number): Float64Array {
  const key = `${size} ${seed}`;
  const found = weights.get(key) ?? Float64Array.from(weyl(size, seed));
  weights.set(key, found);
  return found;
}

/** Returns a weighted sum of all floating-point outputs, so that every output element has a gradient of its own. */
export function weightedSum(outputs: readonly Tensor[]): Tensor {
  return outputs
    .filter((output) => output.dtype !== 'int32')
    .map((output, i) => {
      const { shape, dtype, backend } = output;
      return sum(mul(output, tensor(weightsOf(output.size, i + 11), { shape, dtype, backend })));
    })
    .reduce((total, part) => add(total, part));
}

/** Resolves to the gradients of the weighted sum of a case's outputs, asked for `times` times in a row; the inputs are looked at after. */
export async function gradientsOf(
  each: ConformanceCase,
  backend: Backend,
  float: DType,
  times: number = 1,
): Promise<HostArray[]> {
  return readMade(
    each,
    tidy(() => {
      const inputs = tensorsOf(each, valuesOf(each), backend, float);
      const loss = weightedSum([each.run(inputs)].flat());
      const wanted = differentiable(each).map((name) => inputs[name] as Tensor);
      const results = Array.from({ length: times }, (_, i) =>
        grad(loss, wanted, { retainGraph: i + 1 < times }),
      ).flat();
      return { results, inputs };
    }),
  );
}
