import { type Tensor, type TypedArray, tidy } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import type { ConformanceCase } from './case.ts';
import { differentiable, outputsOf, tensorsOf, type Values, valuesOf, weightedSum } from './evaluate.ts';

const step = 1e-5;
// Both depend on the case alone, and differences take most of the kit's time: one run of a case serves every backend and proxy.
const outputs = new WeakMap<ConformanceCase, Promise<TypedArray[]>>();
const gradients = new WeakMap<ConformanceCase, readonly Float64Array[]>();

/** Returns `(f(x + s) − f(x − s)) / 2s` for each value of one input; `lossAt` takes that input's changed values. */
export function centralDifferences(
  values: readonly number[],
  lossAt: (changed: readonly number[]) => number,
  size: number = step,
): Float64Array {
  return Float64Array.from(values, (value, i) => {
    const at = (x: number): number => lossAt(values.with(i, x));
    return (at(value + size) - at(value - size)) / (2 * size);
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
    const base = valuesOf(each);
    const lossAt = (values: Values): number =>
      tidy(() => {
        const outputs: readonly Tensor[] = [each.run(tensorsOf(each, values, backend, 'float64'))].flat();
        return weightedSum(outputs).dataSync()[0] ?? Number.NaN;
      });
    found = differentiable(each).map((name) =>
      centralDifferences(base[name] ?? [], (changed) => lossAt({ ...base, [name]: changed })),
    );
    gradients.set(each, found);
  }
  return found;
}
