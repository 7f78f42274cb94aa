import { type HostArray, noGrad, type Tensor, tensor, tidy } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import type { CaseInput, ConformanceCase } from './case.ts';
import { differentiable, gradientsOf, outputsOf, tensorsOf, valuesOf, weightedSum } from './evaluate.ts';

const step = 1e-5;
// Both depend on the case alone, and differences take most of the kit's time: one run of a case serves every backend and proxy.
const outputs = new WeakMap<ConformanceCase, Promise<readonly HostArray[]>>();
const gradients = new WeakMap<ConformanceCase, Promise<readonly HostArray[]>>();

/** Returns `(f(x + s) − f(x − s)) / 2s` for each value of one input; `lossAt` takes that input's changed values, once. */
export function centralDifferences(
  values: Float64Array,
  lossAt: (changed: Float64Array) => number,
  size: number = step,
): Float64Array {
  const changed = values.slice();
  return values.map((value, i) => {
    const at = (x: number): number => {
      changed[i] = x;
      return lossAt(changed);
    };
    const difference = (at(value + size) - at(value - size)) / (2 * size);
    changed[i] = value;
    return difference;
  });
}

/** Resolves to the outputs of a case on the float64 reference. */
export function expectedOutputs(each: ConformanceCase): Promise<readonly HostArray[]> {
  let found = outputs.get(each);
  if (found === undefined) {
    found = outputsOf(each, reference(), 'float64');
    outputs.set(each, found);
  }
  return found;
}

/** Resolves to the gradients of a case on the float64 reference: by central differences, of a large case by the tape. */
export function expectedGradients(each: ConformanceCase): Promise<readonly HostArray[]> {
  let found = gradients.get(each);
  if (found === undefined) {
    found = each.large ? gradientsOf(each, reference(), 'float64') : Promise.resolve(differencesOf(each));
    gradients.set(each, found);
  }
  return found;
}

function differencesOf(each: ConformanceCase): HostArray[] {
  const backend = reference();
  const base = tensorsOf(each, valuesOf(each), backend, 'float64');
  // Without a tape: also a check of kernels that compute otherwise when no gradient will be asked for.
  const lossAt = (inputs: Readonly<Record<string, Tensor>>): number =>
    noGrad(() => weightedSum([each.run(inputs)].flat()).dataSync()[0] ?? Number.NaN);
  const found = differentiable(each).map((name) => {
    const { shape, values } = each.inputs[name] as CaseInput;
    const data = centralDifferences(Float64Array.from(values), (changed) =>
      tidy(() => lossAt({ ...base, [name]: tensor(changed, { shape, backend }) })),
    );
    return { data, shape };
  });
  for (const input of Object.values(base)) input.dispose();
  return found;
}
