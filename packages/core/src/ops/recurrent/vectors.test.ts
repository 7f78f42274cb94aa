import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../backend/types.ts';
import { tensor } from '../../create.ts';
import { grad } from '../../grad.ts';
import { reference } from '../../reference/index.ts';
import { tidy } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../add.ts';
import { mul } from '../mul.ts';
import { sum } from '../sum.ts';
import { gru, lstm, recurrentStack, simpleRnn } from './index.ts';

interface Entry {
  readonly shape: number[];
  readonly data: (number | string)[];
}
type Entries = Readonly<Record<string, Entry>>;
interface VectorCase {
  readonly name: string;
  readonly op: string;
  readonly options: Record<string, unknown>;
  readonly inputs: Entries;
  readonly weights: Entries;
  readonly outputs: Entries;
  readonly lossWeights: Entries;
  readonly gradients: Entries;
  readonly lengths?: number[];
  readonly secondOrder?: { readonly direction: Entries; readonly gradients: Entries };
}

function casesOf(file: string): VectorCase[] {
  const url = new URL(`../../../../testing/vectors/pytorch/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { cases: VectorCase[] }).cases;
}

function composed(): Backend {
  const { fused: _, ...rest } = reference();
  return rest;
}

const integers = new Set(['tokens']);
const constants = new Set(['mask', 'tokens', 'dropoutMask', 'recurrentDropoutMask']);

function run(op: string, x: Record<string, Tensor>, options: Record<string, unknown>): Record<string, Tensor> {
  const { kernel, recurrentKernel, bias, ...rest } = x;
  const weights = { kernel, recurrentKernel, bias } as { kernel: Tensor; recurrentKernel: Tensor; bias: Tensor };
  if (op === 'recurrentStack') {
    const layers = (options['layers'] as Record<string, unknown>[]).map(({ cell, directions, ...attributes }) => ({
      cell,
      directions,
      attributes: {
        reverse: false,
        zeroOutputForMask: false,
        activation: 'tanh',
        ...(cell !== 'simpleRnn' && { recurrentActivation: 'sigmoid' }),
        ...attributes,
      },
    }));
    return recurrentStack(x, { layers } as unknown as Parameters<typeof recurrentStack>[1]);
  }
  const { x: sequence, ...others } = rest;
  const call = { lstm, gru, simpleRnn }[op] as unknown as (...all: unknown[]) => Record<string, Tensor>;
  return call(sequence, weights, { ...others, ...options });
}

function expectClose(actual: ArrayLike<number>, expected: Entry, tolerance: number, what: string): void {
  expected.data.forEach((value, i) => {
    const distance = Math.abs((actual[i] as number) - Number(value));
    expect(distance, `${what}[${i}]: ${actual[i]} instead of ${value}`).toBeLessThanOrEqual(
      tolerance * (1 + Math.abs(Number(value))),
    );
  });
}

const settings = [
  ['fused, float64', reference, 'float64', 2e-8, 5e-8],
  ['composed, float64', composed, 'float64', 2e-8, 5e-8],
  ['fused, float32', reference, 'float32', 1e-5, 1e-4],
  ['composed, float32', composed, 'float32', 1e-5, 1e-4],
] as const;

describe.each(settings)('recurrent ops, %s, give what PyTorch gives', (_, create, dtype, near, nearGradient) => {
  const rows = ['lstm', 'gru', 'simple-rnn', 'recurrent-stack'].flatMap((file) =>
    casesOf(file).map((each) => [`${each.op}: ${each.name}`, each] as const),
  );
  it.each(rows)('%s', (__, each) => {
    const backend = create();
    tidy(() => {
      const make = ([name, entry]: [string, Entry]): [string, Tensor] => [
        name,
        tensor(entry.data.map(Number), {
          shape: entry.shape,
          dtype: integers.has(name) ? 'int32' : dtype,
          backend,
          requiresGrad: !constants.has(name.split('.').at(-1) as string),
        }),
      ];
      const named = Object.fromEntries(Object.entries({ ...each.inputs, ...each.weights }).map(make));
      const outputs = run(each.op, named, each.options);
      for (const [name, entry] of Object.entries(each.outputs)) {
        const output = outputs[name] as Tensor;
        expect(output.shape).toEqual(entry.shape);
        expectClose(output.dataSync(), entry, near, name);
      }
      if (each.lengths !== undefined && each.op !== 'recurrentStack') {
        const { mask: ___, ...unmasked } = named;
        const again = run(each.op, unmasked, { ...each.options, lengths: each.lengths });
        expect(again['y']?.dataSync()).toEqual(outputs['y']?.dataSync());
      }
      const loss = Object.entries(each.lossWeights)
        .map(([name, entry]) => sum(mul(outputs[name] as Tensor, make([name, entry])[1])))
        .reduce((total, part) => add(total, part));
      const wanted = Object.keys(each.gradients);
      const targets = wanted.map((name) => named[name] as Tensor);
      const second = each.secondOrder;
      const gradients = grad(loss, targets, { createGraph: second !== undefined });
      wanted.forEach((name, i) => {
        expectClose((gradients[i] as Tensor).dataSync(), each.gradients[name] as Entry, nearGradient, `d${name}`);
      });
      if (second === undefined) return;
      const direction = make(['x', second.direction['x'] as Entry])[1];
      const slope = sum(mul(gradients[wanted.indexOf('x')] as Tensor, direction));
      const names = Object.keys(second.gradients);
      const found = grad(
        slope,
        names.map((name) => named[name] as Tensor),
      );
      names.forEach((name, i) => {
        expectClose((found[i] as Tensor).dataSync(), second.gradients[name] as Entry, nearGradient, `second d${name}`);
      });
    });
  });
});
