import { readFileSync } from 'node:fs';
import type { Backend, FusedKernel, View } from '@lstm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose, instructionSets, nativeBackend, recurrentAttributes } from './native.ts';

interface Entry {
  readonly shape: number[];
  readonly data: (number | string)[];
}
type Entries = Record<string, Entry>;
interface VectorCase {
  readonly name: string;
  readonly options: Record<string, unknown>;
  readonly inputs: Entries;
  readonly weights: Entries;
  readonly outputs: Entries;
  readonly lossWeights: Entries;
  readonly gradients: Entries;
}
type AnyKernel = FusedKernel<Record<string, View>, Record<string, unknown>, Record<string, View>>;

const files = { lstm: 'lstm', gru: 'gru', simpleRnn: 'simple-rnn' } as const;
const casesOf = (file: string): VectorCase[] =>
  (
    JSON.parse(readFileSync(new URL(`../../testing/vectors/pytorch/${file}.json`, import.meta.url), 'utf8')) as {
      cases: VectorCase[];
    }
  ).cases;

const numbersOf = (entry: Entry): Float32Array => Float32Array.from(entry.data, Number);

describe.each(instructionSets())('%s: fused recurrent kernels give what PyTorch gives', (instructionSet) => {
  let backend: Backend;
  beforeAll(() => {
    backend = nativeBackend({ instructionSet, threads: 2 });
  });
  afterAll(() => backend.dispose());

  const rows = Object.entries(files).flatMap(([op, file]) =>
    casesOf(file).map((one) => [op as keyof typeof files, one.name, one] as const),
  );
  it.each(rows)('%s: %s', async (op, _, one) => {
    const kernel = backend.fused?.[op] as unknown as AnyKernel;
    const attributes: Record<string, unknown> = { ...recurrentAttributes, ...one.options };
    const inputs: Record<string, View> = {};
    for (const [name, entry] of Object.entries({ ...one.inputs, ...one.weights })) {
      inputs[name] = backend.upload(numbersOf(entry), entry.shape);
    }
    const { outputs, saved } = kernel.forward(inputs, attributes, true);
    for (const [name, entry] of Object.entries(one.outputs)) {
      const actual = await backend.read(outputs[name] as View);
      expectClose(actual, numbersOf(entry), 1e-5, 1e-4, `output ${name}`);
    }
    const gradients: Record<string, View> = {};
    for (const [name, entry] of Object.entries(one.lossWeights)) {
      gradients[name] = backend.upload(numbersOf(entry), entry.shape);
    }
    const found = kernel.backward(saved, gradients, new Set(Object.keys(one.gradients)));
    for (const [name, entry] of Object.entries(one.gradients)) {
      const actual = await backend.read(found[name] as View);
      expectClose(actual, numbersOf(entry), 1e-5, 1e-4, `gradient of ${name}`);
    }
    kernel.release(saved);
    // Without training the outputs are the same, also from weights that were packed before.
    for (let round = 0; round < 2; round++) {
      const { outputs: again, saved: nothing } = kernel.forward(inputs, attributes, false);
      expectClose(
        await backend.read(again['y'] as View),
        numbersOf(one.outputs['y'] as Entry),
        1e-5,
        1e-4,
        'output y without training',
      );
      kernel.release(nothing);
    }
  });
});

interface OptimizerFile {
  readonly scale: number[];
  readonly initial: { kernel: number[]; bias: number[] };
  readonly storedSteps: number[];
  readonly cases: {
    name: string;
    optimizer: string;
    options: Record<string, number | boolean>;
    outputs: { kernel: Entry; bias: Entry };
  }[];
}

describe('optimizerStep gives what Keras gives', () => {
  const file = JSON.parse(
    readFileSync(new URL('../../testing/vectors/keras/optimizers.json', import.meta.url), 'utf8'),
  ) as OptimizerFile;
  // Coupled weight decay of sgd and rmsprop is PyTorch's here, as SgdRule says.
  const cases = file.cases.filter(
    ({ optimizer, options }) =>
      !('decayRate' in options) &&
      !('clipNormPerParameter' in options) &&
      (optimizer === 'adamw' || !('weightDecay' in options)),
  );
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const backend = nativeBackend({ threads: 2 });
    const { options } = one;
    const number = (name: string, fallback: number): number => Number(options[name] ?? fallback);
    const kind = one.optimizer === 'adamw' ? 'adam' : (one.optimizer as 'sgd' | 'adam' | 'rmsprop');
    const rule = {
      kind,
      momentum: number('momentum', 0),
      nesterov: options['nesterov'] === true,
      weightDecay: number('weightDecay', 0),
      decoupled: one.optimizer === 'adamw',
      beta1: number('beta1', 0.9),
      beta2: number('beta2', 0.999),
      epsilon: number('epsilon', 1e-7),
      rho: number('rho', 0.9),
      centered: options['centered'] === true,
    };
    const slotCount =
      kind === 'adam'
        ? 2
        : kind === 'sgd'
          ? Number(rule.momentum > 0)
          : 1 + Number(rule.centered) + Number(rule.momentum > 0);
    const parameters = [file.initial.kernel, file.initial.bias].map((v) =>
      backend.upload(Float32Array.from(v), [v.length]),
    );
    const slots = parameters.map((p) =>
      Array.from({ length: slotCount }, () => backend.kernels.fill(p.shape, 0, 'float32')),
    );
    for (let t = 1; t <= 100; t++) {
      const g = file.scale.map((scale, i) => (scale * (((7 * t * (i + 3) + 5 * i) % 17) - 7)) / 8);
      const gradients = [g.slice(0, 4), g.slice(4)].map((v) => backend.upload(Float32Array.from(v), [v.length]));
      const norm = backend.updates?.optimizerStep?.run(
        { parameters, gradients, slots },
        {
          rule,
          learningRate: number('learningRate', 0.001),
          step: t,
          ...(options['clipNorm'] !== undefined && { clipNorm: Number(options['clipNorm']) }),
          ...(options['clipValue'] !== undefined && { clipValue: Number(options['clipValue']) }),
        },
      ) as View;
      const stored = file.storedSteps.indexOf(t);
      if (stored >= 0) {
        for (const [i, name] of (['kernel', 'bias'] as const).entries()) {
          const width = (parameters[i] as View).shape[0] as number;
          const expected = one.outputs[name].data.slice(stored * width, (stored + 1) * width).map(Number);
          expectClose(await backend.read(parameters[i] as View), expected, 1e-5, 2e-5, `${name} after step ${t}`);
        }
        const exact = Math.hypot(...g);
        expectClose(await backend.read(norm), [exact], 0, 1e-5, 'norm');
      }
    }
    backend.dispose();
  });

  it('changes nothing when the loss or a gradient is not finite', async () => {
    const backend = nativeBackend();
    const parameter = backend.upload(Float32Array.of(1, 2), [2]);
    const rule = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;
    const run = (gradient: number, loss: number): View =>
      backend.updates?.optimizerStep?.run(
        {
          parameters: [parameter],
          gradients: [backend.upload(Float32Array.of(gradient, 1), [2])],
          slots: [[]],
          loss: backend.upload(Float32Array.of(loss), []),
        },
        { rule, learningRate: 1, step: 1 },
      ) as View;
    expect([...(await backend.read(run(Number.NaN, 1)))]).toEqual([Number.NaN]);
    run(1, Number.POSITIVE_INFINITY);
    expect([...(await backend.read(parameter))]).toEqual([1, 2]);
    run(1, 1);
    expect([...(await backend.read(parameter))]).toEqual([0, 1]);
    backend.dispose();
  });
});
