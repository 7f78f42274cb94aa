// Backends with one mistake each: the kit must find it, in the cases named here.
import type { Backend, Kernels, LstmInputs, View } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { describe, expect, it } from 'vitest';
import {
  type ConformanceMode,
  type ConformanceRow,
  conformanceCases,
  deferredBackend,
  leakCheckedBackend,
  runConformance,
} from '../src/index.ts';

interface Buffer {
  data: Float32Array | Int32Array;
}
type Fused = NonNullable<NonNullable<Backend['fused']>['lstm']>;

const dataOf = ({ handle }: View): Float32Array | Int32Array => (handle as Buffer).data;

/** The reference with some parts replaced, of float32 as a device is. */
function mutant(change: (base: Backend) => Partial<Backend>): Backend {
  const base: Backend = { ...reference(), name: 'mutant', dtypes: new Set(['float32', 'int32']) };
  return { ...base, ...change(base) };
}

const withKernels = (change: (kernels: Kernels) => Partial<Kernels>): Backend =>
  mutant(({ kernels }) => ({ kernels: { ...kernels, ...change(kernels) } }));

function zeroed(view: View): View {
  dataOf(view).fill(0);
  return view;
}

/** Returns a result after a kernel has changed what it was given. */
function spoiled<T>(result: T, operand: View): T {
  const data = dataOf(operand);
  data[0] = (data[0] as number) + 1;
  return result;
}

/** The gradient of x is 0 where the sizes, and how often it was asked for before, are those given. */
const withoutGradient = (wrong: (inputs: LstmInputs<View>, before: number) => boolean): Backend =>
  mutant(({ fused }) => {
    const kernel = fused?.lstm as Fused;
    const lstm: Fused = {
      forward(inputs, attributes, training) {
        const { outputs, saved } = kernel.forward(inputs, attributes, training);
        return { outputs, saved: { inputs, saved, before: 0 } };
      },
      backward(state, gradients, needs) {
        const own = state as { inputs: LstmInputs<View>; saved: unknown; before: number };
        const found = kernel.backward(own.saved, gradients, needs);
        return found.x && wrong(own.inputs, own.before++) ? { ...found, x: zeroed(found.x) } : found;
      },
      release: (state) => kernel.release((state as { saved: unknown }).saved),
    };
    return { fused: { lstm } };
  });

const length = (view: View, axis: number): number => view.shape.at(axis) as number;
const mistakes: Readonly<Record<string, readonly [Backend, ConformanceMode, string]>> = {
  'upload keeps the array': [
    mutant(() => ({
      upload: (data, shape) => ({ handle: { data }, shape, dtype: data instanceof Int32Array ? 'int32' : 'float32' }),
    })),
    'test',
    'upload: the array changes afterwards',
  ],
  'read gives the array itself': [
    mutant(() => ({ read: async (view) => dataOf(view) })),
    'test',
    'read: the array changes afterwards',
  ],
  'readSync gives the array itself': [
    mutant(() => ({ readSync: dataOf })),
    'test',
    'read: the array changes afterwards',
  ],
  'read gives float64': [
    mutant(() => ({ read: async (view) => Float64Array.from(dataOf(view)) })),
    'test',
    'cast: odd sizes',
  ],
  'gather takes the nearest row': [
    withKernels(({ gather }) => ({
      gather(table, at) {
        const last = length(table, 0) - 1;
        const nearest = dataOf(at).map((row) => Math.max(0, Math.min(row, last)));
        return gather(table, { ...at, handle: { data: nearest } });
      },
    })),
    'test',
    'gather: a computed index beyond the rows',
  ],
  'an LSTM of more than 8 sequences': [withoutGradient(({ x }) => length(x, 0) > 8), 'grad', 'lstm: a large batch'],
  'an LSTM of more than 32 units': [
    withoutGradient(({ recurrentKernel }) => length(recurrentKernel, 0) > 32),
    'grad',
    'lstm: many features and units',
  ],
  'an LSTM of more than 24 steps': [withoutGradient(({ x }) => length(x, 1) > 24), 'grad', 'lstm: a long sequence'],
  'an LSTM that spends what it saved': [withoutGradient((_, before) => before > 0), 'grad', 'lstm: reverse'],
  'products of long rows': [
    withKernels(({ matmul }) => ({
      matmul: (a, b, flags) =>
        length(a, flags.transposeA ? -2 : -1) > 150 ? zeroed(matmul(a, b, flags)) : matmul(a, b, flags),
    })),
    'test',
    'matmul: a long inner axis, a transposed',
  ],
  'reductions of many elements': [
    withKernels(({ reduce }) => ({
      reduce: (kind, x, axes) => (dataOf(x).length > 1500 ? zeroed(reduce(kind, x, axes)) : reduce(kind, x, axes)),
    })),
    'test',
    'sum: many elements',
  ],
  'a column plus a row': [
    withKernels(({ binary }) => ({
      binary(kind, a, b) {
        const wrong = kind === 'add' && a.shape.length === 2 && length(a, 1) === 1 && length(b, 0) === 1;
        return wrong ? zeroed(binary(kind, a, b)) : binary(kind, a, b);
      },
    })),
    'test',
    'add: a column and a row',
  ],
  'transpose spoils what it read': [
    withKernels(({ transpose }) => ({
      transpose: (x, axes) => spoiled(transpose(x, axes), x),
    })),
    'test',
    'transpose: three axes',
  ],
  'gather spoils its table': [
    withKernels(({ gather }) => ({
      gather: (table, at) => spoiled(gather(table, at), table),
    })),
    'test',
    'gather: repeated rows',
  ],
  'an LSTM backward spoils its inputs': [
    mutant(({ fused }) => {
      const kernel = fused?.lstm as Fused;
      const lstm: Fused = {
        ...kernel,
        forward(inputs, attributes, training) {
          const { outputs, saved } = kernel.forward(inputs, attributes, training);
          return { outputs, saved: { inputs, saved } };
        },
        backward(state, gradients, needs) {
          const own = state as { inputs: LstmInputs<View>; saved: unknown };
          return spoiled(kernel.backward(own.saved, gradients, needs), own.inputs.x);
        },
        release: (state) => kernel.release((state as { saved: unknown }).saved),
      };
      return { fused: { lstm } };
    }),
    'grad',
    'lstm: reverse',
  ],
  'expm1 by exp': [
    withKernels(({ unary }) => ({
      unary(kind, x) {
        if (kind !== 'expm1') return unary(kind, x);
        return { ...x, handle: { data: dataOf(unary('exp', x)).map((value) => value - 1) } };
      },
    })),
    'test',
    'expm1: near 0, divided by x',
  ],
};

const failed = (rows: readonly ConformanceRow[]): string[] =>
  rows.filter(({ status }) => status === 'fail').map((row) => row.case);

describe('the kit finds', () => {
  it.each(Object.entries(mistakes))('%s', async (_, [backend, mode, name]) => {
    const cases = conformanceCases().filter((each) => `${each.op}: ${each.name}` === name);
    expect(cases).toHaveLength(1);
    expect(failed(await runConformance(backend, { modes: [mode], cases }))).toEqual([name]);
    expect(
      failed(
        await runConformance(
          mutant(() => ({})),
          { modes: [mode], cases },
        ),
      ),
    ).toEqual([]);
  });

  it('a row that no index may name also where all work is delayed', async () => {
    const cases = conformanceCases().filter(({ judge, op }) => judge !== undefined && op !== 'read');
    const checked = leakCheckedBackend(reference());
    const backend = deferredBackend(checked);
    const rows = await runConformance(backend, { modes: ['test'], cases });
    expect(rows.map(({ status }) => status)).toEqual(cases.map(() => 'pass'));
    await backend.idle?.();
    expect(checked.problems()).toEqual([]);
  });
});
