// What the kinds and options of a recurrent layer cost beside a plain LSTM, and how the cost grows with batch and time.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { cpu, cpuInfo } from '@lstm/backend-cpu';
import { type Backend, grad, recurrentStack, sum, type Tensor, tensor, tidy, uniform, useBackend } from '@lstm/core';
import { quantile } from './statistics.ts';
import { table, threeDigits } from './table.ts';

const help = `pnpm bench:variants [--threads N] [--rounds N] [--json FILE]

  --threads N   threads of the native backend (default 1)
  --rounds N    how often each variant is measured, in turns with the others (default 15)
  --json FILE   also write the figures to a file`;

type Cell = 'lstm' | 'gru' | 'simpleRnn';

interface Variant {
  readonly name: string;
  readonly cell: Cell;
  readonly resetAfter?: boolean;
  readonly bothWays?: boolean;
  readonly mask?: boolean;
  readonly dropout?: boolean;
  readonly recurrentDropout?: boolean;
  readonly batch?: number;
  readonly time?: number;
}

interface Figure {
  readonly variant: string;
  readonly batch: number;
  readonly time: number;
  readonly medianMs: number;
  readonly gflops: number;
  /** Of the speed of the first variant of its table. */
  readonly share: number;
}

const units = 128;
const features = 128;
const gates: Readonly<Record<Cell, number>> = { lstm: 4, gru: 3, simpleRnn: 1 };

const kinds: readonly Variant[] = [
  { name: 'LSTM', cell: 'lstm' },
  { name: 'LSTM, both ways', cell: 'lstm', bothWays: true },
  { name: 'GRU', cell: 'gru', resetAfter: true },
  { name: 'GRU, reset before', cell: 'gru', resetAfter: false },
  { name: 'simple RNN', cell: 'simpleRnn' },
  { name: 'LSTM, mask', cell: 'lstm', mask: true },
  { name: 'LSTM, dropout', cell: 'lstm', dropout: true },
  { name: 'LSTM, recurrent dropout', cell: 'lstm', recurrentDropout: true },
];
const lengths: readonly Variant[] = [100, 10, 1000, 10_000].map((time) => ({ name: `T ${time}`, cell: 'lstm', time }));
const batches: readonly Variant[] = [32, 8, 128, 512].map((batch) => ({
  name: `B ${batch}`,
  cell: 'lstm',
  batch,
  time: 50,
}));

function operations({ cell, bothWays = false, batch = 32, time = 200 }: Variant): number {
  // Forward once; backward again for the gradients of inputs and states, and again for those of the weights.
  return 3 * 2 * batch * time * gates[cell] * units * (features + units) * (bothWays ? 2 : 1);
}

/** A training pass of one layer: forward, and the gradients of everything. */
function passOf(variant: Variant, backend: Backend): () => Promise<void> {
  const { cell, resetAfter = true, bothWays = false, batch = 32, time = 200 } = variant;
  const random = (shape: readonly number[], name: string): Tensor => {
    const size = shape.reduce((product, length) => product * length, 1);
    const values = uniform(size, { seed: 7, name }, { min: -0.1, max: 0.1 });
    return tensor(values, { shape, requiresGrad: true });
  };
  const inputs: Record<string, Tensor> = { x: random([batch, time, features], 'x') };
  const width = gates[cell] * units;
  const directions = bothWays ? (['forward', 'reverse'] as const) : (['forward'] as const);
  for (const way of directions) {
    inputs[`0.${way}.kernel`] = random([features, width], `${way} kernel`);
    inputs[`0.${way}.recurrentKernel`] = random([units, width], `${way} recurrent kernel`);
    inputs[`0.${way}.bias`] = random(cell === 'gru' && resetAfter ? [2, width] : [width], `${way} bias`);
  }
  const names = Object.keys(inputs);
  const given = (length: number, value: (i: number) => number): Float32Array =>
    Float32Array.from({ length }, (_, i) => value(i));
  if (variant.mask) {
    // Lengths from half of the steps to all of them.
    const values = given(batch * time, (i) => Number(i % time < time / 2 + ((i / time) | 0) * (time / 2 / batch)));
    inputs['mask'] = tensor(values, { shape: [batch, time] });
  }
  const keep = (n: number): Tensor =>
    tensor(
      given(batch * n, (i) => (i % 5 === 0 ? 0 : 1.25)),
      { shape: [batch, n] },
    );
  if (variant.dropout) inputs['0.forward.dropoutMask'] = keep(features);
  if (variant.recurrentDropout) inputs['0.forward.recurrentDropoutMask'] = keep(units);
  const plain = { reverse: false, zeroOutputForMask: false, activation: 'tanh' } as const;
  const gated = { ...plain, recurrentActivation: 'sigmoid' } as const;
  const attributes = { lstm: gated, gru: { ...gated, resetAfter }, simpleRnn: plain }[cell];
  const layers = [{ cell, directions, attributes }] as Parameters<typeof recurrentStack>[1]['layers'];
  return async () => {
    const gradients = tidy(() =>
      grad(
        sum(recurrentStack(inputs, { layers })['y'] as Tensor),
        names.map((name) => inputs[name] as Tensor),
      ),
    );
    await backend.idle?.();
    for (const gradient of gradients) gradient.dispose();
  };
}

async function measure(variants: readonly Variant[], backend: Backend, rounds: number): Promise<Figure[]> {
  const passes = variants.map((variant) => passOf(variant, backend));
  for (const pass of passes) await pass();
  const times: number[][] = variants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, pass] of passes.entries()) {
      const start = performance.now();
      await pass();
      times[i]?.push(performance.now() - start);
    }
  }
  const speeds = variants.map((variant, i) => operations(variant) / quantile(times[i] as number[], 0.5) / 1e6);
  return variants.map((variant, i) => ({
    variant: variant.name,
    batch: variant.batch ?? 32,
    time: variant.time ?? 200,
    medianMs: quantile(times[i] as number[], 0.5),
    gflops: speeds[i] as number,
    share: (speeds[i] as number) / (speeds[0] as number),
  }));
}

function print(title: string, figures: readonly Figure[]): void {
  console.log(`── ${title}`);
  console.log(
    table(
      ['variant', 'batch', 'time', 'median ms', 'GFLOP/s', 'speed beside the first'],
      figures.map(({ variant, batch, time, medianMs, gflops, share }) => [
        variant,
        String(batch),
        String(time),
        threeDigits(medianMs),
        threeDigits(gflops),
        `${Math.round(100 * share)} %`,
      ]),
    ),
  );
}

const { values } = parseArgs({
  options: {
    threads: { type: 'string' },
    rounds: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (values.help) console.log(help);
else {
  const info = cpuInfo();
  if (!info.native) throw new Error(info.detail);
  const backend = cpu({ threads: Number(values.threads ?? 1) });
  await useBackend(backend);
  const rounds = Number(values.rounds ?? 15);
  const tables = {
    'a training pass of one layer, 128 units on 128 features': await measure(kinds, backend, rounds),
    'growing sequences': await measure(lengths, backend, Math.max(1, Math.round(rounds / 5))),
    'growing batches': await measure(batches, backend, rounds),
  };
  for (const [title, figures] of Object.entries(tables)) print(title, figures);
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(`most memory in use: ${peakMiB} MiB`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ tables, peakMiB }, null, 2)}\n`);
}
