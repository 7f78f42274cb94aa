import {
  type FusedKernel,
  type FusedKernels,
  type GruAttributes,
  type LstmAttributes,
  type RecurrentAttributes,
  type RecurrentStackAttributes,
  type RecurrentStackNames,
  recurrentStackNames,
} from '@lstm/core';
import type { Commands } from '../commands.ts';
import { call, handleOf, type NativeView, viewOf } from '../device.ts';
import { activations, type Handle, type NativeEngine } from '../native.ts';

// As native/kernels/table.h numbers them.
const cells = ['lstm', 'gru', 'simpleRnn', 'gruBefore'] as const;
// Order of the tensors on the native side: those of the whole call, then those of each unit.
const callInputs = ['x', 'tokens', 'table', 'mask'] as const;
const differentiable = ['kernel', 'recurrentKernel', 'bias', 'h0', 'c0'] as const;
const unitInputs = [...differentiable, 'dropoutMask', 'recurrentDropoutMask'] as const;

type CellName = 'lstm' | 'gru' | 'simpleRnn';
type Views = Readonly<Record<string, NativeView | undefined>>;
type Attributes = RecurrentAttributes & Partial<LstmAttributes> & Partial<GruAttributes>;

/** One layer walked one way. */
interface Unit {
  /** What its tensors are called. */
  readonly names: RecurrentStackNames;
  readonly layer: number;
  readonly cell: CellName;
  readonly attributes: Attributes;
  readonly reverse: boolean;
}

interface Saved {
  readonly handle: Handle;
  readonly units: readonly Unit[];
  readonly inputs: Views;
}

const ownNames: RecurrentStackNames = {
  kernel: 'kernel',
  recurrentKernel: 'recurrentKernel',
  bias: 'bias',
  h0: 'h0',
  c0: 'c0',
  dropoutMask: 'dropoutMask',
  recurrentDropoutMask: 'recurrentDropoutMask',
  h: 'h',
  c: 'c',
};

function widthOf(inputs: Views, { names }: Unit): number {
  return (inputs[names.recurrentKernel] as NativeView).shape[0] as number;
}

function numbersOf(inputs: Views, units: readonly Unit[]): number[] {
  const numbers: number[] = [];
  for (const unit of units) {
    const { cell, layer, attributes, reverse } = unit;
    numbers.push(
      layer,
      cells.indexOf(cell === 'gru' && attributes.resetAfter === false ? 'gruBefore' : cell),
      activations.indexOf(attributes.activation),
      activations.indexOf(attributes.recurrentActivation ?? 'linear'),
      Number(reverse),
      Number(attributes.zeroOutputForMask),
      widthOf(inputs, unit),
    );
  }
  return numbers;
}

function handlesOf(inputs: Views, units: readonly Unit[]): Handle[] {
  const handles: Handle[] = [];
  for (const name of callInputs) handles.push(handleOf(inputs[name]));
  for (const { names } of units) for (const name of unitInputs) handles.push(handleOf(inputs[names[name]]));
  return handles;
}

function forward(engine: NativeEngine, name: string, units: readonly Unit[], inputs: Views, training: boolean) {
  const [batch, steps] = (inputs['x'] ?? (inputs['tokens'] as NativeView)).shape as readonly [number, number];
  const source = (inputs['x'] ?? inputs['table']) as NativeView;
  const sizes = [batch, steps, source.shape.at(-1) as number, inputs['table']?.shape[0] ?? 0];
  const found = call(name, () =>
    engine.recurrentStack(sizes, numbersOf(inputs, units), handlesOf(inputs, units), Number(training)),
  );
  const outputs: Record<string, NativeView> = {};
  let width = 0;
  const top = units.at(-1)?.layer;
  for (const [i, unit] of units.entries()) {
    const [h = 0, c = 0] = [found[1 + 2 * i], found[2 + 2 * i]];
    const size = widthOf(inputs, unit);
    outputs[unit.names.h] = viewOf(h, [batch, size]);
    if (c !== 0) outputs[unit.names.c] = viewOf(c, [batch, size]);
    if (unit.layer === top) width += size;
  }
  outputs['y'] = viewOf(found[0] as Handle, [batch, steps, width]);
  return { outputs, saved: { handle: found.at(-1) as Handle, units, inputs } satisfies Saved };
}

function backward(
  engine: NativeEngine,
  name: string,
  { handle, units, inputs }: Saved,
  gradients: Views,
  needs: ReadonlySet<string>,
): Views {
  const given = [handleOf(gradients['y'])];
  const wanted = [inputs['x'] === undefined ? 'table' : 'x'];
  for (const { names } of units) {
    given.push(handleOf(gradients[names.h]), handleOf(gradients[names.c]));
    for (const input of differentiable) wanted.push(names[input]);
  }
  const flags = wanted.map((input) => Number(needs.has(input)));
  const found = call(name, () => engine.recurrentStackBackward(handle, given, flags));
  const result: Record<string, NativeView> = {};
  for (const [i, input] of wanted.entries()) {
    const gradient = found[i] ?? 0;
    if (gradient !== 0) result[input] = viewOf(gradient, (inputs[input] as NativeView).shape);
  }
  return result;
}

/** The layers' units, each layer's forward one first. */
function unitsOf({ layers }: RecurrentStackAttributes): Unit[] {
  const units: Unit[] = [];
  for (const [layer, { cell, directions, attributes }] of layers.entries()) {
    for (const direction of directions) {
      const names = recurrentStackNames(layer, direction);
      units.push({ names, layer, cell, attributes, reverse: direction === 'reverse' });
    }
  }
  return units;
}

function create<In extends object, Attr, Out extends object>(
  engine: NativeEngine,
  commands: Commands,
  name: string,
  unitsIn: (attributes: Attr) => readonly Unit[],
  fits: (attributes: Attr) => boolean,
): FusedKernel<In, Attr, Out> {
  return {
    supports: (inputs, attributes) =>
      fits(attributes) && Object.values(inputs as Views).every((view) => view?.shape.includes(0) !== true),
    forward(inputs, attributes, training) {
      const { outputs, saved } = forward(engine, name, unitsIn(attributes), inputs as Views, training);
      return { outputs: outputs as Out, saved };
    },
    backward: (saved, gradients, needs) =>
      backward(engine, name, saved as Saved, gradients as Views, needs as ReadonlySet<string>) as Partial<In>,
    release(saved) {
      const { handle } = saved as Saved;
      if (handle !== 0) commands.release(handle);
    },
  };
}

/** Fused whole-sequence layers, alone and on top of each other. Empty axes are left to the composition. */
export function recurrentKernels(
  engine: NativeEngine,
  commands: Commands,
): Required<Pick<FusedKernels<Handle>, CellName | 'recurrentStack'>> {
  const single = <In extends object, Attr extends Attributes, Out extends object>(cell: CellName) =>
    create<In, Attr, Out>(
      engine,
      commands,
      cell,
      (attributes) => [{ names: ownNames, layer: 0, cell, attributes, reverse: attributes.reverse }],
      () => true,
    );
  return {
    lstm: single('lstm'),
    gru: single('gru'),
    simpleRnn: single('simpleRnn'),
    recurrentStack: create(engine, commands, 'recurrentStack', unitsOf, ({ layers }) =>
      layers.every(({ directions }) => directions.length === 1 || directions.join() === 'forward,reverse'),
    ),
  };
}
