// What an infinity does to a recurrent layer it does to the units there are: those that fill up a texel have no part in it.
import { type Backend, grad, gru, lstm, mul, type Shape, simpleRnn, sum, tensor, tidy } from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GpuMode, gpu } from '../src/index.ts';

const layers = {
  lstm: { op: lstm, gates: 4, options: {} },
  gru: { op: gru, gates: 3, options: { resetAfter: true } },
  'gru, reset before': { op: gru, gates: 3, options: { resetAfter: false } },
  'simpleRnn that overflows': { op: simpleRnn, gates: 1, options: { activation: 'relu' } },
};

interface Infinities {
  /** First of the inputs, and gradient of the last output. */
  readonly x: number;
  readonly gradient: number;
}

/** Resolves to outputs, and gradients of the inputs and the recurrent kernel. */
async function run(name: keyof typeof layers, backend: Backend, units: number, { x, gradient }: Infinities) {
  const { op, gates, options } = layers[name];
  const full = (shape: Shape, value: number) =>
    tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value * (1 + 0.01 * i)),
      { shape, backend, requiresGrad: true },
    );
  const results = tidy(() => {
    const weights = { kernel: full([1, gates * units], 1), recurrentKernel: full([units, gates * units], 0.1) };
    const input = tensor([[[x], [1], [1]]], { backend, requiresGrad: true });
    const call = op as (...values: unknown[]) => { y: ReturnType<typeof full> };
    const { y } = call(input, weights, options);
    const factors = new Float32Array(3 * units).fill(1);
    factors[factors.length - 1] = gradient;
    return [
      y,
      ...grad(sum(mul(y, tensor(factors, { shape: [1, 3, units], backend }))), [input, weights.recurrentKernel]),
    ];
  });
  const values = await Promise.all(results.map((each) => each.data()));
  return values.map((each) => [...each]);
}

describe.each<GpuMode>(['webgl2', 'webgpu'])('%s', (mode) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await gpu({ mode });
  });
  afterAll(() => backend.dispose());

  it.each(
    (Object.keys(layers) as (keyof typeof layers)[]).flatMap((name) =>
      [1, 3, 6].map((units) => [name, units] as const),
    ),
  )('%s of %i units', async (name, units) => {
    for (const infinities of [
      { x: Number.POSITIVE_INFINITY, gradient: 1 },
      { x: 3e38, gradient: 1 },
      { x: 1, gradient: Number.POSITIVE_INFINITY },
    ]) {
      const [found, expected] = [
        await run(name, backend, units, infinities),
        await run(name, reference(), units, infinities),
      ];
      expected.forEach((values, i) => {
        const close = values.map((value, k) => {
          const own = found[i]?.[k] as number;
          return Math.abs(own - value) <= 1e-4 * Math.abs(value) ? value : own;
        });
        expect(close, `x ${infinities.x}, gradient ${infinities.gradient}, result ${i}`).toEqual(values);
      });
    }
  });
});
