import { noGrad, type Tensor, type TypedArray, tensor, tidy } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import type { CaseInput, ConformanceCase } from './case.ts';
import { differentiable, outputsOf, tensorsOf, valuesOf, weightedSum } from './evaluate.ts';

const step = 1e-5;
// Both depend on the case alone, and differences take most of the kit's time: one run of a case serves every backend and proxy.
const outputs = new WeakMap<ConformanceCase, Promise<TypedArray[]>>();
const gradients = new WeakMap<ConformanceCase, readonly Float64Array[]>();

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
export function expectedOutputs(each: ConformanceCase): Promise<TypedArray[]> {
  let found = outputs.get(each);
  if (found === undefined) {
    found = outputsOf(each, reference(), 'float64');
    outputs.set(each, found);
  }
  return found;
}

/** Returns the gradients of a case by central differences on the float64 reference. */
export function expectedGradients(each: ConformanceCase): readonly Float64Array[] {
  let found = gradients.get(each);
  if (found === undefined) {
    const backend = reference();
    const base = tensorsOf(each, valuesOf(each), backend, 'float64');
    // Without a tape: also a check of kernels that compute otherwise when no gradient will be asked for.
    const lossAt = (inputs: Readonly<Record<string, Tensor>>): number =>
      noGrad(() => weightedSum([each.run(inputs)].flat()).dataSync()[0] ?? Number.NaN);
    found = differentiable(each).map((name) => {
      const { shape, values } = each.inputs[name] as CaseInput;
      return centralDifferences(Float64Array.from(values), (changed) =>
        tidy(() => lossAt({ ...base, [name]: tensor(changed, { shape, backend }) })),
      );
    });
    for (const input of Object.values(base)) input.dispose();
    gradients.set(each, found);
  }
  return found;
}
