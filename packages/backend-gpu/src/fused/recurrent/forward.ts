import { sizeOf } from '@lstm/core';
import { flat, mapWalks } from '../../kernels/elementwise.ts';
import { times } from '../../source/index-math.ts';
import { elementIndex, laneKernel } from '../../source/lanes.ts';
import { type GpuView, reshaped } from '../../store.ts';
import { type Call, callKey, padUnits, type Scratch } from './call.ts';
import { forwardResults } from './cells.ts';
import { type CollectOptions, collectText } from './collect-text.ts';
import { initialText, readLanes, stepText } from './step-text.ts';
import { ArgumentList, type Group, type Values } from './steps.ts';

/** What backward needs besides the inputs. */
export interface Trace {
  /** States, and what the cell saves, of every step, the initial ones first; a group for each launch of a step. */
  readonly states: readonly Group[];
  /** The recurrent kernel as steps read it. */
  readonly recurrent: GpuView;
  /** Inputs after dropout, zero where masked; absent where they are the inputs themselves. */
  readonly entered: GpuView | undefined;
  /** For each sequence the first valid step of the walk; for a mask whose masked steps repeat outputs. */
  readonly first: GpuView | undefined;
}

/** Returns the inputs after dropout and zero where masked: a choice, so NaN in the padding does no harm. */
function enter(call: Call): GpuView | undefined {
  const { store, batch, time, features, inputs } = call;
  const { x, mask, dropoutMask } = inputs;
  if (mask === undefined && dropoutMask === undefined) return undefined;
  const rows = { dims: [batch, time, features], start: 0 };
  const all = [
    flat(x),
    mask !== undefined && { view: mask, walk: { ...rows, strides: [time, 1, 0] } },
    dropoutMask !== undefined && { view: dropoutMask, walk: { ...rows, strides: [features, 0, 1] } },
  ].filter((one) => one !== false);
  const kept = (value: string, factor: string | undefined): string =>
    factor === undefined ? value : `${value} * ${factor}`;
  const result = { shape: [batch * time, features], dtype: 'float32' } as const;
  const expression =
    mask === undefined
      ? (...[value, factor]: string[]) => kept(value as string, factor)
      : (...[value, valid, factor]: string[]) => `${valid} != 0 ? ${kept(value as string, factor)} : 0`;
  return mapWalks(store, call.name, all, expression, result, `enter|${mask !== undefined}`);
}

/** Returns for each sequence the first valid step of the walk, `time` when there is none. */
function firstValid(call: Call, mask: GpuView): GpuView {
  const { store, batch, time, attributes } = call;
  const { reverse } = attributes;
  return store.run({
    where: call.name,
    key: `first valid|${reverse}`,
    text: (lanes) =>
      laneKernel(lanes, ['element'], '', (lane) => {
        const at = elementIndex(lanes, lane);
        const t = reverse ? 'time - 1 - k$' : 'k$';
        return {
          statements: `let first$ = time;
            for (let k$ = 0; k$ < count(time); k$++) {
              if (a[${times(at, 'time')} + ${t}] != 0 && first$ == time) { first$ = k$; }
            }`,
          value: 'first$',
        };
      }),
    inputs: [mask],
    lengths: { time },
    shape: [batch],
    dtype: 'float32',
  });
}

/** Returns rows of units as they are stored as a tensor of `shape`, frees the rows where they were copied. */
export function cropUnits(call: Call, rows: GpuView, shape: readonly number[]): GpuView {
  const { store, steps, units } = call;
  if (units === steps.padded) return reshaped(rows, shape);
  const count = sizeOf(shape) / units;
  const walk = { dims: [count, units], strides: [steps.padded, 1], start: 0 };
  const result = mapWalks(
    store,
    call.name,
    [{ view: rows, walk }],
    (value) => value,
    { shape, dtype: 'float32' },
    'copy',
  );
  store.free(rows.handle);
  return result;
}

/** Returns arguments of a call's kernels: its lengths, and the device memory of the views that are there. */
export function valuesOf(
  { store, name, batch, time }: Call,
  views: Readonly<Record<string, GpuView | undefined>> = {},
): Values {
  const there = Object.entries(views).filter((entry): entry is [string, GpuView] => entry[1] !== undefined);
  const blocks = there.map(([key, view]) => [key, store.blockOf(name, view)]);
  return { batch, time, ...Object.fromEntries(blocks) };
}

/** Returns one result of a step as a tensor `[batch, units]`. */
export function readState(call: Call, groups: readonly Group[], name: string, step: number): GpuView {
  const { steps, batch, units } = call;
  const { reach } = steps;
  const text = () => {
    const list = new ArgumentList();
    const state = reach.state(list, 'before', name, 'whole(x)');
    return reach.finish(list, `${reach.position} ${readLanes(reach, 'value', state)}`, ['value']);
  };
  const key = `read state|${callKey(call)}|${name}|${groups.length}|${groups.map(({ names }) => names.length).join()}`;
  const values = { ...valuesOf(call), ...steps.at('before', groups, step) };
  const rows = steps.make(key, text, values, [batch, steps.padded]);
  return cropUnits(call, rows, [batch, units]);
}

/** Returns results of all steps side by side as rows `[batch · time, names · units as stored]`. */
export function collect(
  call: Call,
  groups: readonly Group[],
  options: Omit<CollectOptions, 'reverse'>,
  further: Readonly<Record<string, GpuView | undefined>> = {},
): GpuView {
  const { steps, batch, time, attributes } = call;
  const all = { ...options, reverse: attributes.reverse };
  const key = `collect|${callKey(call)}|${Object.values(all).join('|')}|${groups.map(({ names }) => names.length).join()}`;
  const values = { ...steps.all(groups), ...valuesOf(call, further) };
  const shape = [batch * time, options.names.length * steps.padded];
  return steps.make(key, () => collectText(steps.reach, all), values, shape);
}

/** Runs the cell over all steps. */
export function walkForward(call: Call, training: boolean, scratch: Scratch): Trace {
  const { steps, cell, activations, batch, time, features, inputs, attributes } = call;
  const { mask, recurrentDropoutMask, bias, h0, c0 } = inputs;
  const entered = enter(call);
  const x = entered ?? reshaped(inputs.x, [batch * time, features]);
  const projection = steps.project(x, padUnits(call, inputs.kernel, features * cell.gates, scratch), scratch);
  const rows = cell.gates * (cell.recurrentBias ? 2 : 1);
  const recurrent = steps.recurrent(inputs.recurrentKernel);
  const given = valuesOf(call, {
    recurrent,
    bias: bias && padUnits(call, bias, rows, scratch),
    mask,
    keep: recurrentDropoutMask && padUnits(call, recurrentDropoutMask, batch, scratch),
    initialh: h0 && padUnits(call, h0, batch, scratch),
    initialc: c0 && padUnits(call, c0, batch, scratch),
  });
  const options = { bias: bias !== undefined, mask: mask !== undefined, keep: recurrentDropoutMask !== undefined };
  const key = `${callKey(call)}|${Object.values(options).join('|')}|${training}`;
  const results = forwardResults(cell, training);
  const states = results.map((names) => steps.open(names));
  const initial = ['h', 'c'].filter((name) => `initial${name}` in given);
  const carrying = states.at(-1) as Group;
  const zero = `initial|${key}|${initial.join()}`;
  steps.run(zero, () => initialText(steps.reach, initial, carrying.names), given, carrying, 0);
  for (let step = 0; step < time; step++) {
    const t = attributes.reverse ? time - 1 - step : step;
    const before = steps.at('before', states, step);
    const values = { ...given, ...projection(t), ...before, ...steps.at('after', states, step + 1), t };
    cell.forward.forEach((launch, i) => {
      const names = results[i] as readonly string[];
      const text = () => stepText(cell, launch, activations, steps.reach, options, names);
      steps.run(`step|${i}|${key}`, text, values, states[i] as Group, step + 1);
    });
  }
  const repeats = mask !== undefined && !attributes.zeroOutputForMask;
  return { states, recurrent, entered, first: repeats ? firstValid(call, mask) : undefined };
}

/** Returns the outputs `[batch, time, units]`. */
export function outputsOf(call: Call, { states, first }: Trace): GpuView {
  const { batch, time, units, inputs } = call;
  const { mask } = inputs;
  const blank = mask === undefined ? 'never' : first === undefined ? 'masked' : 'beforeFirst';
  const rows = collect(call, states, { names: ['h'], offset: 1, keep: false, blank }, { mask: first ?? mask });
  return cropUnits(call, rows, [batch, time, units]);
}
