// At the sizes of real networks and at odd ones results stay close to float64.
import {
  type Backend,
  type DType,
  grad,
  gru,
  layerNorm,
  linear,
  lstm,
  mul,
  type Shape,
  simpleRnn,
  softmaxCrossEntropy,
  sum,
  type Tensor,
  tensor,
  tidy,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { weyl } from '@lstm/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GpuMode, gpu } from '../src/index.ts';

interface Sizes {
  readonly batch: number;
  readonly time: number;
  readonly features: number;
  readonly units: number;
}

const sizes: readonly Sizes[] = [
  { batch: 32, time: 60, features: 64, units: 128 },
  { batch: 3, time: 7, features: 5, units: 13 },
];

type Make = (shape: Shape, scale?: number) => Tensor;
/** Returns outputs, and the tensors whose gradients are compared. */
type Layer = (make: Make, sizes: Sizes) => { readonly outputs: readonly Tensor[]; readonly inputs: readonly Tensor[] };

function recurrent(cell: typeof lstm | typeof gru | typeof simpleRnn, gates: number, resetAfter?: boolean): Layer {
  return (make, { batch, time, features, units }) => {
    const width = gates * units;
    const weights = {
      kernel: make([features, width], 1 / Math.sqrt(features)),
      recurrentKernel: make([units, width], 1 / Math.sqrt(units)),
      bias: make(resetAfter ? [2, width] : [width], 0.5),
    };
    const x = make([batch, time, features]);
    const { y, h } = cell(x, weights, resetAfter === undefined ? {} : ({ resetAfter } as object));
    return { outputs: [y, h], inputs: [x, ...Object.values(weights)] };
  };
}

const layers: Readonly<Record<string, Layer>> = {
  lstm: recurrent(lstm, 4),
  gru: recurrent(gru, 3, true),
  'gru, reset before': recurrent(gru, 3, false),
  simpleRnn: recurrent(simpleRnn, 1),
  linear: (make, { batch, time, features, units }) => {
    const inputs = [make([batch * time, features]), make([features, units], 1 / Math.sqrt(features)), make([units])];
    const [x, kernel, bias] = inputs as [Tensor, Tensor, Tensor];
    return { outputs: [linear(x, kernel, bias, { activation: 'tanh' })], inputs };
  },
  layerNorm: (make, { batch, time, units }) => {
    const inputs = [make([batch * time, units]), make([units]), make([units])];
    const [x, gamma, beta] = inputs as [Tensor, Tensor, Tensor];
    return { outputs: [layerNorm(x, { gamma, beta })], inputs };
  },
  softmaxCrossEntropy: (make, { batch, time, units }) => {
    const logits = make([batch * time, units], 3);
    const labels = Array.from({ length: batch * time }, (_, i) => (7 * i) % units);
    const loss = softmaxCrossEntropy(logits, tensor(labels, { dtype: 'int32', backend: logits.backend }));
    return { outputs: [loss], inputs: [logits] };
  },
};

/** Outputs, then gradients when every element of the first output has a weight of its own. */
async function run(layer: Layer, on: Backend, dtype: DType, size: Sizes) {
  let count = 0;
  const results = tidy(() => {
    let seed = 0;
    const make: Make = (shape, scale = 1) => {
      const count = shape.reduce((a, b) => a * b, 1);
      // Both precisions start from the same numbers.
      const values = Float32Array.from(weyl(count, ++seed, scale));
      return tensor([...values], { shape, dtype, backend: on, requiresGrad: true });
    };
    const { outputs, inputs } = layer(make, size);
    const [first] = outputs as [Tensor];
    count = outputs.length;
    return [...outputs, ...grad(sum(mul(first, make(first.shape))), inputs)];
  });
  const values = await Promise.all(results.map((each) => each.data()));
  for (const each of results) each.dispose();
  return { outputs: values.slice(0, count), gradients: values.slice(count) };
}

/** Largest distance, relative to the largest value. */
function distance(found: ArrayLike<number>, exact: ArrayLike<number>): number {
  let [worst, largest] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    const error = Math.abs((found[i] as number) - (exact[i] as number));
    worst = error > worst || Number.isNaN(error) ? error : worst;
    largest = Math.max(largest, Math.abs(exact[i] as number));
  }
  return worst / largest;
}

const exactly = new Map<string, ReturnType<typeof run>>();

describe.each<GpuMode>(['webgl2', 'webgpu'])('%s', (mode) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await gpu({ mode });
  });
  afterAll(() => backend.dispose());

  it.each(Object.keys(layers).flatMap((name) => sizes.map((size) => [name, size] as const)))(
    '%s of %o: outputs within 1e-5, gradients within 1e-4 of float64',
    async (name, size) => {
      const layer = layers[name] as Layer;
      const found = await run(layer, backend, 'float32', size);
      const known = `${name} ${size.batch}`;
      if (!exactly.has(known)) exactly.set(known, run(layer, reference(), 'float64', size));
      const exact = await (exactly.get(known) as ReturnType<typeof run>);
      const worst = (key: 'outputs' | 'gradients'): number =>
        Math.max(...exact[key].map((values, i) => distance(found[key][i] ?? [], values)));
      expect(worst('outputs')).toBeLessThan(1e-5);
      expect(worst('gradients')).toBeLessThan(1e-4);
    },
  );
});
