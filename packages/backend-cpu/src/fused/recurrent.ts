import type {
  FusedKernel,
  FusedKernels,
  GruAttributes,
  LstmAttributes,
  RecurrentAttributes,
  RecurrentStackAttributes,
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

/** One layer walked one way; its tensors are named `<prefix>kernel`, `<prefix>h0`, … . */
interface Unit {
  readonly prefix: string;
  readonly layer: number;
  readonly cell: CellName;
  readonly attributes: Attributes;
}

interface Saved {
  readonly handle: Handle;
  readonly units: readonly Unit[];
  readonly inputs: Views;
}

function widthOf(inputs: Views, { prefix }: Unit): number {
  return (inputs[`${prefix}recurrentKernel`] as NativeView).shape[0] as number;
}

function numbersOf(inputs: Views, unit: Unit): number[] {
  const { cell, layer, attributes } = unit;
  return [
    layer,
    cells.indexOf(cell === 'gru' && attributes.resetAfter === false ? 'gruBefore' : cell),
    activations.indexOf(attributes.activation),
    activations.indexOf(attributes.recurrentActivation ?? 'linear'),
    Number(attributes.reverse),
    Number(attributes.zeroOutputForMask),
    widthOf(inputs, unit),
  ];
}

function forward(engine: NativeEngine, name: string, units: readonly Unit[], inputs: Views, training: boolean) {
  const [batch, steps] = (inputs['x'] ?? (inputs['tokens'] as NativeView)).shape as readonly [number, number];
  const source = (inputs['x'] ?? inputs['table']) as NativeView;
  const vocabulary = inputs['table']?.shape[0] ?? 0;
  const handles = callInputs.map((input) => handleOf(inputs[input]));
  for (const { prefix } of units) for (const input of unitInputs) handles.push(handleOf(inputs[prefix + input]));
  const [y = 0, ...rest] = call(name, () =>
    engine.recurrentStack(
      [batch, steps, source.shape.at(-1) as number, vocabulary],
      units.flatMap((unit) => numbersOf(inputs, unit)),
      handles,
      Number(training),
    ),
  );
  const outputs: Record<string, NativeView> = {};
  let width = 0;
  const top = units.at(-1)?.layer;
  for (const [i, unit] of units.entries()) {
    const [h = 0, c = 0] = rest.slice(2 * i, 2 * i + 2);
    const size = widthOf(inputs, unit);
    outputs[`${unit.prefix}h`] = viewOf(h, [batch, size]);
    if (c !== 0) outputs[`${unit.prefix}c`] = viewOf(c, [batch, size]);
    if (unit.layer === top) width += size;
  }
  outputs['y'] = viewOf(y, [batch, steps, width]);
  return { outputs, saved: { handle: rest.at(-1) ?? 0, units, inputs } satisfies Saved };
}

function backward(
  engine: NativeEngine,
  name: string,
  saved: Saved,
  gradients: Views,
  needs: ReadonlySet<string>,
): Views {
  const { handle, units, inputs } = saved;
  const given = [gradients['y'], ...units.flatMap(({ prefix }) => [gradients[`${prefix}h`], gradients[`${prefix}c`]])];
  const source = inputs['x'] === undefined ? 'table' : 'x';
  const names = [source, ...units.flatMap(({ prefix }) => differentiable.map((input) => prefix + input))];
  const wanted = names.map((input) => Number(needs.has(input)));
  const found = call(name, () => engine.recurrentStackBackward(handle, given.map(handleOf), wanted));
  const result: Record<string, NativeView> = {};
  for (const [i, input] of names.entries()) {
    const gradient = found[i] ?? 0;
    if (gradient !== 0) result[input] = viewOf(gradient, (inputs[input] as NativeView).shape);
  }
  return result;
}

/** The layers' units, each layer's forward one first. */
function unitsOf({ layers }: RecurrentStackAttributes): Unit[] {
  return layers.flatMap(({ cell, directions, attributes }, layer) =>
    directions.map((direction) => ({
      prefix: `${layer}.${direction}.`,
      layer,
      cell,
      attributes: { ...attributes, reverse: direction === 'reverse' },
    })),
  );
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
      (attributes) => [{ prefix: '', layer: 0, cell, attributes }],
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
