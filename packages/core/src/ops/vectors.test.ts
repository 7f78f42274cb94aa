import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tensor } from '../create.ts';
import { grad } from '../grad.ts';
import { reference } from '../reference/index.ts';
import { tidy } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './add.ts';
import { mul } from './mul.ts';
import { sum } from './sum.ts';

interface Entry {
  readonly shape: number[];
  readonly data: (number | string)[];
}
type Entries = Readonly<Record<string, Entry>>;
interface VectorCase {
  readonly name: string;
  readonly op: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: Entries;
  readonly outputs: Entries;
  readonly lossWeights?: Entries;
  readonly gradients?: Entries;
  readonly secondOrder?: { readonly direction: Entries; readonly gradients: Entries };
}

function casesOf(file: string): VectorCase[] {
  const url = new URL(`../../../testing/vectors/pytorch/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { cases: VectorCase[] }).cases;
}

const ops: Readonly<Record<string, unknown>> = await import('./index.ts');
const backend = reference();
const optionNames = ['axes', 'axis', 'alpha', 'negativeSlope'];

/** Calls the op of a case: what its vectors keep among the options may be an argument here. */
function call({ op, options }: VectorCase, inputs: Readonly<Record<string, Tensor>>): Tensor {
  const f = ops[op] as (...args: unknown[]) => Tensor;
  const fixed = (name: string): Tensor => tensor(options[name] as number[], { dtype: 'float64', backend });
  if (op === 'where') return f(fixed('condition'), inputs['a'], inputs['b']);
  if (op === 'clip') return f(inputs['x'], options['min'], options['max']);
  if (op === 'pow' && inputs['b'] === undefined) return f(inputs['a'], fixed('b'));
  const named = Object.entries(options).filter(([name]) => optionNames.includes(name));
  return f(...Object.values(inputs), ...(named.length > 0 ? [Object.fromEntries(named)] : []));
}

function expectClose(actual: Tensor, expected: Entry, relative: number, absolute: number, what: string): void {
  expect(actual.shape).toEqual(expected.shape);
  const values = actual.dataSync();
  expected.data.forEach((entry, i) => {
    const [found, wanted] = [values[i] as number, Number(entry)];
    const close = Math.abs(found - wanted) <= absolute + relative * Math.abs(wanted);
    expect(close || Object.is(found + 0, wanted + 0), `${what}[${i}]: ${found} instead of ${wanted}`).toBe(true);
  });
}

// Vectors of the tanh approximation of gelu are for an option that this gelu does not have.
const cases = [...casesOf('ops'), ...casesOf('activations')].filter(({ options }) => options['approximate'] !== true);

describe('ops in float64 give what PyTorch gives', () => {
  it.each(cases.map((each) => [each.name, each] as const))('%s', (_, each) => {
    // Tiny values are compared, too: they show cancellation.
    const [relative, absolute] = [1e-7, 1e-15];
    tidy(() => {
      const make = ({ shape, data }: Entry, requiresGrad = false): Tensor =>
        tensor(data.map(Number), { shape, dtype: 'float64', backend, requiresGrad });
      const all = (entries: Entries, requiresGrad = false): Record<string, Tensor> =>
        Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, make(entry, requiresGrad)]));
      const inputs = all(each.inputs, true);
      const y = call(each, inputs);
      expectClose(y, each.outputs['y'] as Entry, relative, absolute, 'y');
      if (each.gradients === undefined || each.lossWeights === undefined) return;
      const loss = sum(mul(y, make(each.lossWeights['y'] as Entry)));
      const names = Object.keys(each.gradients);
      const targets = names.map((name) => inputs[name] as Tensor);
      const second = each.secondOrder;
      const gradients = grad(loss, targets, { createGraph: second !== undefined });
      names.forEach((name, i) => {
        expectClose(gradients[i] as Tensor, each.gradients?.[name] as Entry, relative, absolute, `d${name}`);
      });
      if (second === undefined) return;
      const slope = names
        .map((name, i) => sum(mul(gradients[i] as Tensor, make(second.direction[name] as Entry))))
        .reduce(add);
      grad(slope, targets).forEach((found, i) => {
        const name = names[i] as string;
        expectClose(found, second.gradients[name] as Entry, relative, 1e-13, `second d${name}`);
      });
    });
  });
});
