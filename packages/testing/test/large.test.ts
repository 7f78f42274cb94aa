// Large cases take the gradients of the reference for right. That they are shows here: one difference along one direction for each.
import { type Tensor, tensor, tidy } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { expect, it } from 'vitest';
import { type CaseInput, weyl } from '../src/case.ts';
import { differentiable, tensorsOf, valuesOf, weightedSum } from '../src/evaluate.ts';
import { centralDifferences, expectedGradients } from '../src/expected.ts';
import { type ConformanceCase, conformanceCases } from '../src/index.ts';

const backend = reference();

/** The loss of a case whose differentiable inputs moved along the direction of {@link weyl} values. */
function lossAt(each: ConformanceCase, distance: number): number {
  const moved = (name: string): Tensor => {
    const { shape, values } = each.inputs[name] as CaseInput;
    const direction = weyl(values.length, 3);
    const there = values.map((value, i) => value + distance * (direction[i] as number));
    return tensor(Float64Array.from(there), { shape, backend });
  };
  return tidy(() => {
    const inputs = Object.fromEntries(differentiable(each).map((name) => [name, moved(name)]));
    const loss = weightedSum([each.run({ ...tensorsOf(each, valuesOf(each), backend, 'float64'), ...inputs })].flat());
    return loss.dataSync()[0] ?? Number.NaN;
  });
}

const large = conformanceCases().filter((each) => each.large && differentiable(each).length > 0);

it.each(large.map((each) => [`${each.op}: ${each.name}`, each] as const))('%s', async (_, each) => {
  const [difference] = centralDifferences(Float64Array.of(0), ([distance = 0]) => lossAt(each, distance));
  let [expected, size] = [0, 0];
  for (const { data } of await expectedGradients(each)) {
    weyl(data.length, 3).forEach((direction, i) => {
      expected += direction * (data[i] as number);
      size += Math.abs(direction * (data[i] as number));
    });
  }
  expect(Math.abs((difference as number) - expected)).toBeLessThan(1e-6 * size);
});
