import { type Backend, type Kernels, matmul, relu, type Tensor, UnsupportedError } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { describe, expect, it } from 'vitest';
import { type ConformanceCase, input } from './case.ts';
import { supportMatrix } from './matrix.ts';
import { deferredBackend } from './proxies/deferred-backend.ts';
import { leakCheckedBackend } from './proxies/leak-checked-backend.ts';
import { appliesTo, runCase, runConformance } from './run.ts';

const product: ConformanceCase = {
  op: 'matmul',
  name: 'small',
  inputs: { a: input([2, 3], 1), b: input([3, 4], 2) },
  run: ({ a, b }) => matmul(a as Tensor, b as Tensor),
};
const kink: ConformanceCase = {
  op: 'relu',
  name: 'at its kink',
  inputs: { x: input([3], 1) },
  run: ({ x }) => relu(x as Tensor),
  differentiable: [],
};

/** The reference backend with some kernels replaced. */
function withKernels(change: (kernels: Kernels) => Partial<Kernels>): Backend {
  const backend = reference();
  return { ...backend, kernels: { ...backend.kernels, ...change(backend.kernels) } };
}

describe('runCase', () => {
  it('fails a backend whose values or gradients are wrong, and says by how much', async () => {
    const broken = withKernels((kernels) => ({
      matmul: (a, b, flags) =>
        flags.transposeA ? kernels.unary('neg', kernels.matmul(a, b, flags)) : kernels.matmul(a, b, flags),
    }));
    expect(await runCase(product, broken, 'test')).toMatchObject({ status: 'pass', maxError: expect.any(Number) });
    const row = await runCase(product, broken, 'grad');
    expect(row).toMatchObject({ backend: 'reference', case: 'matmul: small', mode: 'grad', status: 'fail' });
    expect(row.maxError).toBeGreaterThan(0.1);
    expect(row.reason).toMatch(
      /^gradient of b at \[0\]\[3\] is -?[\d.]+, expected -?[\d.]+ \(off by \d\.\d\d beyond the tolerance\)$/,
    );
  });

  it('tells which value is NaN, which output has a wrong type, and what has no gradient to compare', async () => {
    const nan = withKernels(() => ({
      unary: (_, { shape, dtype }) => reference().kernels.fill(shape, Number.NaN, dtype),
    }));
    const { reason } = await runCase(kink, nan, 'test');
    expect(reason).toMatch(/^the value at \[\d\] is NaN, expected [\d.]+$/);
    const integers = withKernels(({ matmul: own, cast }) => ({
      matmul: (a, b, flags) => cast(own(a, b, flags), 'int32'),
    }));
    expect((await runCase(product, integers, 'test')).reason).toBe(
      'the value is int32 [2, 4], expected floating-point [2, 4]',
    );
    const twice: ConformanceCase = { ...product, run: ({ a, b }) => [a as Tensor, matmul(a as Tensor, b as Tensor)] };
    expect((await runCase(twice, integers, 'test')).reason).toContain('output 2 of 2 is int32');
    expect(appliesTo(kink, 'grad')).toBe(false);
    await expect(runCase(kink, reference(), 'grad')).rejects.toThrow(
      '[runCase] "relu: at its kink" has no input with a gradient. So it has nothing to do in mode grad.',
    );
  });

  it('tells unsupported, thrown or rejected, from failed', async () => {
    const refuse = (): never => {
      throw new UnsupportedError('matmul', 'there is none here.');
    };
    const thrown = await runCase(
      product,
      withKernels(() => ({ matmul: refuse })),
      'support',
    );
    expect(thrown).toMatchObject({ status: 'unsupported', maxError: null, reason: '[matmul] there is none here.' });
    const rejecting = { ...reference(), read: async (): Promise<never> => refuse() };
    expect(await runCase(product, rejecting, 'support')).toMatchObject({ status: 'unsupported' });
    const broken = withKernels(() => ({
      matmul: () => {
        throw new Error('out of memory');
      },
    }));
    expect(await runCase(product, broken, 'support')).toMatchObject({ status: 'fail', reason: 'out of memory' });
  });

  it('counts calls per second and compares nothing', async () => {
    const row = await runCase(product, reference(), 'perf', { durationMs: 5 });
    expect(row).toMatchObject({ mode: 'perf', status: 'pass', maxError: null });
    expect(row.callsPerSecond).toBeGreaterThan(0);
  });
});

describe('runConformance', () => {
  it('gives a row for each case and mode that applies, which are JSON', async () => {
    const rows = await runConformance(reference(), { modes: ['test', 'grad'], cases: [product, kink] });
    expect(rows.map((row) => `${row.mode} ${row.case}`)).toEqual([
      'test matmul: small',
      'test relu: at its kink',
      'grad matmul: small',
    ]);
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
  });

  it('names the nearest option for an unknown one', async () => {
    await expect(runConformance(reference(), { mode: ['test'] } as object)).rejects.toThrow('Did you mean modes?');
  });
});

describe('supportMatrix', () => {
  it('shows what passes, what is unsupported and what fails', () => {
    const row = { backend: 'gpu', mode: 'support', maxError: null } as const;
    const table = supportMatrix([
      { ...row, case: 'lstm: plain', status: 'pass' },
      { ...row, case: 'lstm: mask', status: 'unsupported' },
      { ...row, case: 'gru: plain', status: 'fail' },
      { ...row, backend: 'cpu', case: 'lstm: plain', status: 'pass' },
    ]);
    expect(table.split('\n')).toEqual([
      '| op | gpu support | cpu support |',
      '|---|---|---|',
      '| lstm | 1 pass, 1 unsupported | 1 pass |',
      '| gru | 0 pass, 1 fail | – |',
    ]);
  });
});

it.each<[string, (backend: never) => unknown]>([
  ['runCase', (backend) => runCase(product, backend, 'test')],
  ['runConformance', (backend) => runConformance(backend)],
  ['deferredBackend', async (backend) => deferredBackend(backend)],
  ['leakCheckedBackend', async (backend) => leakCheckedBackend(backend)],
])('%s takes a backend', async (_, call) => {
  await expect(call(reference as never)).rejects.toThrow('a function was given for a backend.');
});

it('supportMatrix takes rows', () => {
  expect(() => supportMatrix(runConformance(reference(), { cases: [] }) as never)).toThrow(
    '[supportMatrix] rows are a Promise. They are a list. Write supportMatrix(await runConformance(backend)).',
  );
});
