import type {
  FusedKernel,
  FusedKernels,
  GruAttributes,
  LstmAttributes,
  LstmInputs,
  RecurrentAttributes,
  RecurrentInputs,
} from '@lstm/core';
import { call, handleOf, type NativeView, viewOf } from '../device.ts';
import { activations, type Handle, type NativeEngine } from '../native.ts';

const cells = ['lstm', 'gru', 'simpleRnn'] as const;
type CellName = (typeof cells)[number];
type Inputs = LstmInputs<NativeView>;
type Attributes = RecurrentAttributes & Partial<LstmAttributes> & Partial<GruAttributes>;
type Outputs = { y: NativeView; h: NativeView; c?: NativeView };

// Order of the inputs, and of their gradients, on the native side.
const inputNames = [
  'x',
  'kernel',
  'recurrentKernel',
  'bias',
  'h0',
  'c0',
  'mask',
  'dropoutMask',
  'recurrentDropoutMask',
] as const;
const differentiable = inputNames.slice(0, 6);

interface Saved {
  readonly handle: Handle;
  readonly inputs: Inputs;
}

function forward(engine: NativeEngine, cell: CellName, inputs: Inputs, attributes: Attributes, training: boolean) {
  const [batch, steps, features] = inputs.x.shape as readonly [number, number, number];
  const units = inputs.recurrentKernel.shape[0] as number;
  const numbers = [
    cells.indexOf(cell),
    activations.indexOf(attributes.activation),
    activations.indexOf(attributes.recurrentActivation ?? 'linear'),
    Number(attributes.reverse),
    Number(attributes.zeroOutputForMask),
    batch,
    steps,
    features,
    units,
  ];
  const handles = inputNames.map((name) => handleOf(inputs[name]));
  const [y = 0, h = 0, c = 0, saved = 0] = call(cell, () => engine.recurrent(numbers, handles, Number(training)));
  const outputs: Outputs = { y: viewOf(y, [batch, steps, units]), h: viewOf(h, [batch, units]) };
  if (c !== 0) outputs.c = viewOf(c, [batch, units]);
  return { outputs, saved: { handle: saved, inputs } satisfies Saved };
}

function backward(
  engine: NativeEngine,
  cell: CellName,
  saved: Saved,
  gradients: Partial<Outputs>,
  needs: ReadonlySet<string>,
): Partial<Record<(typeof differentiable)[number], NativeView>> {
  const wanted = differentiable.map((name) => Number(needs.has(name)));
  const handles = call(cell, () =>
    engine.recurrentBackward(saved.handle, handleOf(gradients.y), handleOf(gradients.h), handleOf(gradients.c), wanted),
  );
  const result: Partial<Record<(typeof differentiable)[number], NativeView>> = {};
  for (const [i, name] of differentiable.entries()) {
    const handle = handles[i] ?? 0;
    if (handle !== 0) result[name] = viewOf(handle, (saved.inputs[name] as NativeView).shape);
  }
  return result;
}

/** Fused whole-sequence layers. A GRU whose reset gate acts before the product, and empty axes, are left to the composition. */
export function recurrentKernels(
  engine: NativeEngine,
): Required<Pick<FusedKernels<Handle>, 'lstm' | 'gru' | 'simpleRnn'>> {
  const create = <In extends RecurrentInputs<NativeView>, Attr extends Attributes, Out extends object>(
    cell: CellName,
  ): FusedKernel<In, Attr, Out> => ({
    supports: (inputs, attributes) =>
      attributes.resetAfter !== false && !inputs.x.shape.includes(0) && !inputs.recurrentKernel.shape.includes(0),
    forward(inputs, attributes, training) {
      const { outputs, saved } = forward(engine, cell, inputs, attributes, training);
      return { outputs: outputs as Out, saved };
    },
    backward: (saved, gradients, needs) =>
      backward(
        engine,
        cell,
        saved as Saved,
        gradients as Partial<Outputs>,
        needs as ReadonlySet<string>,
      ) as Partial<In>,
    release(saved) {
      const { handle } = saved as Saved;
      if (handle !== 0) engine.release(handle);
    },
  });
  return { lstm: create('lstm'), gru: create('gru'), simpleRnn: create('simpleRnn') };
}
