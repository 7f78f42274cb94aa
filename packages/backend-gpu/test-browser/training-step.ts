import {
  type Backend,
  grad,
  hostArray,
  lstm,
  optimizerStep,
  Parameter,
  sum,
  type Tensor,
  tensor,
  tidy,
} from '@lstm/core';

/** An LSTM, its input, and the slots of Adam. */
export interface Problem {
  readonly x: Tensor;
  readonly weights: readonly Parameter[];
  readonly slots: readonly (readonly Parameter[])[];
}

type Sizes = readonly [batch: number, time: number, features: number, units: number];

function wave(shape: readonly number[], step: number): Float32Array {
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * step) / 2);
}

/** Returns a problem on a backend. */
export function problemOn(backend: Backend, [batch, time, features, units]: Sizes): Problem {
  const shapes = { kernel: [features, 4 * units], recurrentKernel: [units, 4 * units], bias: [4 * units] };
  const make = (name: string, shape: readonly number[], step: number): Parameter =>
    new Parameter({ name, shape, backend, initialize: () => hostArray(wave(shape, step), shape) });
  const shape = [batch, time, features];
  return {
    x: tensor(wave(shape, 0.7), { shape, backend }),
    weights: Object.entries(shapes).map(([name, own], i) => make(name, own, 0.3 * (i + 1))),
    slots: Object.entries(shapes).map(([name, own]) => ['m', 'v'].map((slot) => make(`${name}/${slot}`, own, 0))),
  };
}

const rule = { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-7, weightDecay: 0, decoupled: false } as const;

/** Queues one step of training, clipped by the global norm; returns the loss and the norm. */
export function queueStep({ x, weights, slots }: Problem, step: number): readonly Tensor[] {
  return tidy(() => {
    const [kernel, recurrentKernel, bias] = weights.map(({ value }) => value) as [Tensor, Tensor, Tensor];
    const loss = sum(lstm(x, { kernel, recurrentKernel, bias }).y);
    const gradients = grad(loss, [kernel, recurrentKernel, bias]);
    const norm = optimizerStep(
      { parameters: weights, gradients, slots, loss },
      { rule, learningRate: 1e-4, step, clipNorm: 1 },
    );
    return [loss, norm];
  });
}

/** Resolves to the loss and the norm of one step. */
export async function trainingStep(problem: Problem, step: number): Promise<readonly number[]> {
  const found = queueStep(problem, step);
  const values = await Promise.all(found.map((each) => each.item()));
  for (const each of found) each.dispose();
  return values;
}

/** Frees a problem. */
export function disposeProblem({ x, weights, slots }: Problem): void {
  for (const each of [x, ...weights, ...slots.flat()]) each.dispose();
}
