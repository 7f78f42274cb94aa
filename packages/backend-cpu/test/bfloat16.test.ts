import type { View } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { bfloat16, expectClose, instructionSets, nativeBackend, numbers, recurrentAttributes } from './native.ts';

const random = numbers(17);
const values = (n: number): Float32Array => Float32Array.from({ length: n }, () => random() - 0.5);

describe('weights in bfloat16', () => {
  const kinds = ['lstm', 'gru', 'simpleRnn'] as const;
  // Few rows are what weights are packed in half the memory for; 5 sequences are too many, and so are 5 steps for the kernel.
  const sizes = [
    [1, 1, 3, 18],
    [1, 4, 5, 70],
    [1, 4, 6, 70],
    [2, 2, 34, 51],
    [1, 9, 33, 130],
    [4, 6, 5, 49],
    [5, 3, 7, 20],
  ] as const;
  const rows = kinds.flatMap((kind) => sizes.map((size) => [kind, ...size] as const));

  it.each(rows)('%s, %i sequences of %i steps, %i inputs, %i units', async (kind, batch, steps, inputs, units) => {
    const backend = nativeBackend({ threads: 2 });
    const gates = { lstm: 4, gru: 3, simpleRnn: 1 }[kind];
    const matrix = (height: number): View => backend.upload(values(height * gates * units), [height, gates * units]);
    const round = (view: View): View => backend.kernels.roundToBfloat16?.(view) as View;
    // The copies hold the same values, but nothing says that they fit.
    const copy = (view: View): View => backend.kernels.cast(view, 'float32');
    const bias = backend.upload(
      values((kind === 'gru' ? 6 : gates) * units),
      kind === 'gru' ? [2, 3 * units] : [gates * units],
    );
    const x = backend.upload(values(batch * steps * inputs), [batch, steps, inputs]);
    const weights = { kernel: round(matrix(inputs)), recurrentKernel: round(matrix(units)) };
    const wide = { kernel: copy(weights.kernel), recurrentKernel: copy(weights.recurrentKernel) };
    const run = async (own: { readonly kernel: View; readonly recurrentKernel: View }): Promise<Float32Array> => {
      const found = backend.fused?.[kind]?.forward({ x, ...own, bias }, recurrentAttributes, false);
      return (await backend.read(found?.outputs.y as View)) as Float32Array;
    };
    const expected = await run(wide);
    expectClose(await run(weights), expected, 1e-6, 1e-5, 'first');
    expectClose(await run(weights), expected, 1e-6, 1e-5, 'packed before');
    backend.dispose();
  });

  it('are so no more after a step has changed them in place', async () => {
    const backend = nativeBackend({ threads: 1 });
    const [inputs, units] = [3, 20];
    const round = (n: number, shape: number[]): View =>
      backend.kernels.roundToBfloat16?.(backend.upload(values(n), shape)) as View;
    const kernel = round(inputs * units, [inputs, units]);
    const recurrentKernel = round(units * units, [units, units]);
    const x = backend.upload(values(inputs), [1, 1, inputs]);
    const h0 = backend.upload(values(units), [1, units]);
    const run = async (own: { readonly kernel: View; readonly recurrentKernel: View }): Promise<Float32Array> => {
      const found = backend.fused?.simpleRnn?.forward({ x, h0, ...own }, recurrentAttributes, false);
      return (await backend.read(found?.outputs.y as View)) as Float32Array;
    };
    await run({ kernel, recurrentKernel });
    const gradients = [
      backend.upload(values(inputs * units), kernel.shape),
      backend.upload(values(units * units), recurrentKernel.shape),
    ];
    const rule = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;
    const parameters = [kernel, recurrentKernel];
    backend.updates?.optimizerStep?.run(
      { parameters, gradients, slots: [[], []], loss: undefined },
      { rule, learningRate: 0.3, step: 1 },
    );
    const copies = {
      kernel: backend.kernels.cast(kernel, 'float32'),
      recurrentKernel: backend.kernels.cast(recurrentKernel, 'float32'),
    };
    expectClose(await run({ kernel, recurrentKernel }), await run(copies), 1e-6, 1e-5, 'after the step');
    backend.dispose();
  });

  it('are rounded alike by every instruction set', async () => {
    const given = values(1000).map((x, i) => (i % 3 === 0 ? Math.fround(x * 1e30) : x));
    given.set([Number.NaN, Infinity, -Infinity, 1.00390625, 1.01171875, 3.4e38]);
    for (const instructionSet of instructionSets()) {
      const backend = nativeBackend({ instructionSet });
      const view = backend.kernels.roundToBfloat16?.(backend.upload(given, [1000])) as View;
      expect(await backend.read(view), instructionSet).toEqual(bfloat16(given));
      backend.dispose();
    }
  });
});
