// A kernel compiled for one tensor must serve one of any other size: each is called with two, one after the other.
import {
  type Backend,
  type BinaryKind,
  type FusedKernels,
  grad,
  hostArray,
  type Kernels,
  layerNorm,
  linear,
  mul,
  type OptimizerRule,
  optimizerStep,
  Parameter,
  type Shape,
  softmaxCrossEntropy,
  sum,
  Tensor,
  tensor,
  type UnaryKind,
  type View,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { weyl } from '@lstm/testing';
import { expect, it } from 'vitest';
import { type GpuMode, gpu } from '../src/index.ts';

/** Two sizes of each axis; with the larger ones tensors fill more than one row of a texture. */
interface Sizes {
  readonly rows: number;
  readonly width: number;
  readonly units: number;
  readonly time: number;
}

const small: Sizes = { rows: 3, width: 5, units: 5, time: 3 };
const large: Sizes = { rows: 67, width: 131, units: 13, time: 9 };

interface Maker {
  readonly backend: Backend;
  readonly sizes: Sizes;
  /** Numbers in (−1, 1). */
  numbers(shape: Shape): number[];
  /** A tensor of numbers in (−1, 1). */
  floats(shape: Shape): View;
  /** A tensor of numbers in (0.5, 2.5). */
  positive(shape: Shape): View;
  /** A tensor of numbers in (−1, 1) that gradients can be asked for. */
  tensor(shape: Shape): Tensor;
  /** A tensor of indices in `[0, below)`. */
  indices(shape: Shape, below: number): View;
}

type Call = (make: Maker) => readonly (View | Tensor)[];

/** Returns all of a union: one that is left out does not compile. */
const allOf = <Kind extends string>(kinds: Readonly<Record<Kind, true>>): Kind[] => Object.keys(kinds) as Kind[];
const unaryKinds = allOf<UnaryKind>({
  neg: true,
  abs: true,
  sign: true,
  exp: true,
  expm1: true,
  log: true,
  log1p: true,
  sqrt: true,
  recip: true,
  floor: true,
  erf: true,
  relu: true,
  sigmoid: true,
  tanh: true,
});
const binaryKinds = allOf<BinaryKind>({
  add: true,
  sub: true,
  mul: true,
  div: true,
  pow: true,
  max: true,
  min: true,
  less: true,
  equal: true,
});
const flags = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));

/** Calls of every kernel; those of others are absent. */
const kernels: Partial<Record<keyof Kernels, Call>> = {
  fill: ({ backend, sizes }) => [backend.kernels.fill([sizes.rows, sizes.width], 1.5, 'float32')],
  cast: ({ backend, sizes, positive }) => [backend.kernels.cast(positive([sizes.rows, sizes.width]), 'int32')],
  unary: ({ backend, sizes, positive }) =>
    unaryKinds.map((kind) => backend.kernels.unary(kind, positive([sizes.rows, sizes.width]))),
  binary: ({ backend, sizes, positive }) =>
    binaryKinds.map((kind) =>
      backend.kernels.binary(kind, positive([sizes.rows, sizes.width]), positive([sizes.width])),
    ),
  select: ({ backend, sizes, floats }) => {
    const x = floats([sizes.rows, sizes.width]);
    return [backend.kernels.select(backend.kernels.unary('relu', x), x, floats([sizes.width]))];
  },
  reduce: ({ backend, sizes, floats }) =>
    (['sum', 'max', 'argmax'] as const).flatMap((kind) =>
      [0, 1].map((axis) => backend.kernels.reduce(kind, floats([sizes.rows, sizes.width]), [axis])),
    ),
  matmul: ({ backend, sizes: { rows, width, units }, floats }) =>
    flags.map(({ transposeA, transposeB }) =>
      backend.kernels.matmul(
        floats(transposeA ? [2, width, rows] : [2, rows, width]),
        floats(transposeB ? [2, units, width] : [2, width, units]),
        { transposeA, transposeB },
      ),
    ),
  transpose: ({ backend, sizes, floats }) => [
    backend.kernels.transpose(floats([sizes.rows, 2, sizes.width]), [2, 0, 1]),
  ],
  slice: ({ backend, sizes: { rows, width }, floats }) => [
    backend.kernels.slice(floats([rows, width]), [1, 2], [rows - 1, width - 3]),
  ],
  concat: ({ backend, sizes: { rows, width, units }, floats }) => [
    backend.kernels.concat([floats([rows, width]), floats([rows, units]), floats([rows, 4])], 1),
  ],
  gather: ({ backend, sizes: { rows, width, time }, floats, indices }) => [
    backend.kernels.gather(floats([rows, width]), indices([4, time], rows)),
  ],
  scatterAdd: ({ backend, sizes: { rows, width, time }, floats, indices }) => [
    backend.kernels.scatterAdd(indices([4, time], rows), floats([4, time, width]), rows),
  ],
  activationGradient: ({ backend, sizes, floats }) =>
    (['sigmoid', 'tanh'] as const).map((kind) => {
      const shape = [sizes.rows, sizes.width];
      return backend.kernels.activationGradient?.(kind, floats(shape), floats(shape)) as View;
    }),
  cumulativeSum: ({ backend, sizes, floats }) =>
    [0, 1].map((axis) => backend.kernels.cumulativeSum?.(floats([sizes.rows, sizes.width]), axis) as View),
  flip: ({ backend, sizes, floats }) => [backend.kernels.flip?.(floats([sizes.rows, sizes.width]), [0, 1]) as View],
};

/** Runs a fused kernel forward and backward, every output with a gradient. */
function both<Name extends keyof FusedKernels>(
  { backend, floats }: Maker,
  name: Name,
  inputs: object,
  attributes: object,
): readonly View[] {
  const kernel = backend.fused?.[name] as unknown as {
    forward(...values: unknown[]): { outputs: Record<string, View>; saved: unknown };
    backward(...values: unknown[]): Record<string, View>;
  };
  const { outputs, saved } = kernel.forward(inputs, attributes, true);
  const gradients = Object.fromEntries(Object.entries(outputs).map(([key, { shape }]) => [key, floats(shape)]));
  const needs = new Set(Object.keys(inputs));
  const found = kernel.backward(saved, gradients, needs);
  return [...Object.keys(outputs).map((key) => outputs[key] as View), ...[...needs].map((key) => found[key] as View)];
}

function recurrent(cell: 'lstm' | 'gru' | 'simpleRnn', gates: number, resetAfter = true): Call {
  return (make) => {
    const { sizes, floats } = make;
    const { rows, width, units, time } = sizes;
    const inputs = {
      x: floats([rows, time, width]),
      kernel: floats([width, gates * units]),
      recurrentKernel: floats([units, gates * units]),
      bias: floats(cell === 'gru' && resetAfter ? [2, gates * units] : [gates * units]),
      h0: floats([rows, units]),
      ...(cell === 'lstm' && { c0: floats([rows, units]) }),
    };
    const activations = { activation: 'tanh', recurrentActivation: 'sigmoid' };
    return both(make, cell, inputs, { ...activations, resetAfter, reverse: false, zeroOutputForMask: false });
  };
}

/** Calls of every fused kernel, forward and backward. */
const fused: Record<string, Call> = {
  lstm: recurrent('lstm', 4),
  gru: recurrent('gru', 3),
  'gru, reset before': recurrent('gru', 3, false),
  simpleRnn: recurrent('simpleRnn', 1),
  linear: (make) => {
    const { rows, width, units } = make.sizes;
    const inputs = [make.tensor([rows, width]), make.tensor([width, units]), make.tensor([units])];
    const [x, kernel, bias] = inputs as [Tensor, Tensor, Tensor];
    return withGradients(make, linear(x, kernel, bias, { activation: 'tanh' }), inputs);
  },
  softmaxCrossEntropy: (make) => {
    const { rows, width } = make.sizes;
    const logits = make.tensor([rows, width]);
    const classes = Array.from({ length: rows }, (_, i) => (3 * i) % width);
    const labels = tensor(classes, { dtype: 'int32', backend: make.backend });
    return withGradients(make, softmaxCrossEntropy(logits, labels), [logits]);
  },
  layerNorm: (make) => {
    const { rows, width } = make.sizes;
    const inputs = [make.tensor([rows, width]), make.tensor([width]), make.tensor([width])];
    const [x, gamma, beta] = inputs as [Tensor, Tensor, Tensor];
    return withGradients(make, layerNorm(x, { gamma, beta }), inputs);
  },
};

/** An op's output, and gradients when each of its elements has a weight of its own. */
function withGradients(make: Maker, y: Tensor, inputs: readonly Tensor[]): readonly Tensor[] {
  return [y, ...grad(sum(mul(y, make.tensor(y.shape))), inputs, { retainGraph: true })];
}

const rule: OptimizerRule = {
  kind: 'adam',
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-7,
  weightDecay: 0.01,
  decoupled: true,
};

/** Calls of every update. */
const updates: Record<string, Call> = {
  optimizerStep: ({ backend, sizes: { rows, width, units }, numbers }) => {
    const shapes = [[rows, width], [units]];
    const make = (shape: Shape, name: string, from = 0): Parameter => {
      const values = hostArray(
        Float32Array.from(numbers(shape), (value) => value + from),
        shape,
      );
      return new Parameter({ name, shape, backend, initialize: () => values });
    };
    const parameters = shapes.map((shape, i) => make(shape, `parameter${i}`));
    const slots = shapes.map((shape, i) => [make(shape, `m${i}`), make(shape, `v${i}`, 1.5)]);
    const gradients = shapes.map((shape) => tensor(Float32Array.from(numbers(shape)), { shape, backend }));
    const norm = optimizerStep({ parameters, slots, gradients }, { rule, learningRate: 0.01, step: 3, clipNorm: 1 });
    return [norm, ...[...parameters, ...slots.flat()].map(({ value }) => value)];
  },
};

const calls = { ...kernels, ...fused, ...updates };

async function valuesOn(backend: Backend, call: Call, sizes: Sizes): Promise<number[]> {
  let seed = 0;
  const upload = (values: number[], shape: Shape): View => backend.upload(Float32Array.from(values), shape);
  const numbers = (shape: Shape): number[] => [
    ...weyl(
      shape.reduce((a, b) => a * b, 1),
      ++seed,
      1,
    ),
  ];
  const maker: Maker = {
    backend,
    sizes,
    numbers,
    floats: (shape) => upload(numbers(shape), shape),
    tensor: (shape) => tensor(Float32Array.from(numbers(shape)), { shape, backend, requiresGrad: true }),
    positive: (shape) =>
      upload(
        numbers(shape).map((value) => value + 1.5),
        shape,
      ),
    indices: (shape, below) =>
      backend.upload(
        Int32Array.from(numbers(shape), (value) => Math.floor(((value + 1) / 2) * below)),
        shape,
      ),
  };
  const found = await Promise.all(
    call(maker).map((each) => (each instanceof Tensor ? each.data() : backend.read(each))),
  );
  return found.flatMap((values) => [...values]);
}

it.each<GpuMode>(['webgl2', 'webgpu', 'webasm'])('every kernel serves tensors of two sizes, %s', async (mode) => {
  const backend = await gpu({ mode });
  const offered = [backend.kernels, backend.fused ?? {}, backend.updates ?? {}].flatMap((each) => Object.keys(each));
  expect(offered.filter((name) => !(name in calls))).toEqual([]);
  const tested = Object.keys(calls).filter((name) => offered.includes(name.split(',')[0] as string));
  expect(tested.length).toBeGreaterThanOrEqual(offered.length);
  for (const name of tested) {
    const call = calls[name as keyof typeof calls] as Call;
    for (const [size, sizes] of [
      ['small', small],
      ['large', large],
      ['small again', small],
    ] as const) {
      const [found, expected] = [await valuesOn(backend, call, sizes), await valuesOn(reference(), call, sizes)];
      expect(found.length, `${name}, ${size}`).toBe(expected.length);
      const largest = Math.max(1, ...expected.map(Math.abs));
      const wrong = found.findIndex((value, i) => !(Math.abs(value - (expected[i] as number)) <= 2e-5 * largest));
      expect(wrong, `${name}, ${size}: ${found[wrong]} instead of ${expected[wrong]} at ${wrong}`).toBe(-1);
    }
  }
  backend.dispose();
});
