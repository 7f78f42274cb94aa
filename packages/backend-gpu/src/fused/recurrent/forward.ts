import { sizeOf } from '@lstm/core';
import { mapWalks } from '../../kernels/elementwise.ts';
import { padRows } from '../../kernels/layout.ts';
import { quotient, residue, times } from '../../source/index-math.ts';
import { elementIndex, laneKernel, texelIndex } from '../../source/lanes.ts';
import type { GpuView } from '../../store.ts';
import type { TextureBlock } from '../../webgl/textures.ts';
import {
  type Call,
  callKey,
  newHistory,
  packRecurrent,
  paddedUnits,
  padUnits,
  reshaped,
  type Scratch,
} from './call.ts';
import { blockAt, type History } from './grid.ts';
import { type CollectOptions, collectText, projectText, stepText } from './texts.ts';

/** What backward needs besides the inputs. */
export interface Trace {
  /** State h, and c, of every step, the initial one first. */
  readonly h: History;
  readonly c: History | undefined;
  /** What the cell saves, by name. */
  readonly saved: Readonly<Record<string, History>>;
  readonly recurrent: TextureBlock;
  /** Inputs after dropout, zero where masked; absent where they are the inputs themselves. */
  readonly entered: GpuView | undefined;
  /** For each sequence the first valid step of the walk; for a mask whose masked steps repeat outputs. */
  readonly first: GpuView | undefined;
}

/** Returns the inputs after dropout and zero where masked: a choice, so NaN in the padding does no harm. */
function enter(call: Call): GpuView | undefined {
  const { store, features, inputs, grid } = call;
  const { x, mask, dropoutMask } = inputs;
  if (mask === undefined && dropoutMask === undefined) return undefined;
  const { time } = grid;
  const rows = { dims: [grid.batch, time, features], start: 0 };
  const all = [
    { view: x, walk: { dims: [sizeOf(x.shape)], strides: [1], start: 0 } },
    mask !== undefined && { view: mask, walk: { ...rows, strides: [time, 1, 0] } },
    dropoutMask !== undefined && { view: dropoutMask, walk: { ...rows, strides: [features, 0, 1] } },
  ].filter((one) => one !== false);
  const kept = (value: string, factor: string | undefined): string =>
    factor === undefined ? value : `${value} * ${factor}`;
  const result = { shape: [grid.batch * time, features], dtype: 'float32' } as const;
  const expression =
    mask === undefined
      ? (...[value, factor]: string[]) => kept(value as string, factor)
      : (...[value, valid, factor]: string[]) => `${valid} != 0 ? ${kept(value as string, factor)} : 0`;
  return mapWalks(store, call.name, all, expression, result, `enter|${mask !== undefined}`);
}

/** Returns for each sequence the first valid step of the walk, `time` when there is none. */
function firstValid(call: Call, mask: GpuView): GpuView {
  const { batch, time } = call.grid;
  const { reverse } = call.attributes;
  return call.store.run({
    where: call.name,
    key: `first valid|${time}|${reverse}`,
    text: (lanes) =>
      laneKernel(lanes, ['element'], 0, '', (lane) => {
        const at = elementIndex(lanes, lane);
        const t = reverse ? `${time - 1} - k$` : 'k$';
        return {
          statements: `let first$ = ${time};
            for (let k$ = 0; k$ < ${time}; k$++) {
              if (a[${times(at, time)} + ${t}] != 0 && first$ == ${time}) { first$ = k$; }
            }`,
          value: 'first$',
        };
      }),
    inputs: [mask],
    shape: [batch],
    dtype: 'float32',
  });
}

/** Writes a state `[batch, units]`, or zeros, as the block of step 0. */
function writeInitial(call: Call, state: GpuView | undefined, history: History, scratch: Scratch): void {
  const { gl, store, grid } = call;
  const rectangle = { x: 0, y: 0, width: grid.units4, height: grid.batch };
  const { framebuffer } = history[0];
  if (state === undefined) {
    const zero = gl.program('fill block', () => ({ source: 'function() { return [0, 0, 0, 0]; }', arguments: [] }));
    gl.draw(zero, [], [], framebuffer, rectangle);
    return;
  }
  const copy = gl.program('copy block', () => ({
    source: `function(a) { const v = a[${texelIndex}]; return [v[0], v[1], v[2], v[3]]; }`,
    arguments: ['texel'],
  }));
  gl.draw(copy, [store.textureOf(call.name, padUnits(call, state, grid.batch, scratch))], [], framebuffer, rectangle);
}

/** Returns a block as a tensor `[batch, units]`. */
export function readBlock(call: Call, history: History, step: number): GpuView {
  const { gl, grid, units } = call;
  const { units4, batch } = grid;
  const { x, y } = blockAt(grid, step);
  const size = batch * paddedUnits(call);
  const program = gl.program(`read block|${units4}`, () => ({
    source: `function(a, fromX, fromY) {
      const v = a[1][fromY + ${quotient(texelIndex, units4)}][fromX + ${residue(texelIndex, units4)}];
      return [v[0], v[1], v[2], v[3]];
    }`,
    arguments: ['texel', 'integer', 'integer'],
  }));
  const block = gl.textures.take(size);
  gl.draw(program, [history[step % 2] as TextureBlock], [x, y], block.framebuffer, { ...block, x: 0, y: 0 });
  return cropUnits(call, call.store.adopt(block, [batch, paddedUnits(call)], 'float32', []), [batch, units]);
}

/** Returns rows of filled-up units as a tensor of `shape`, frees the rows where they were copied. */
export function cropUnits(call: Call, rows: GpuView, shape: readonly number[]): GpuView {
  const { store, units } = call;
  if (units % 4 === 0) return reshaped(rows, shape);
  const count = sizeOf(shape) / units;
  const walk = { dims: [count, units], strides: [paddedUnits(call), 1], start: 0 };
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

/** Returns histories side by side as rows `[batch · time, histories · filled-up units]`. */
export function collect(
  call: Call,
  histories: readonly History[],
  options: Omit<CollectOptions, 'histories' | 'reverse'>,
  further: readonly GpuView[],
): GpuView {
  const { gl, store, grid, attributes } = call;
  const { reverse } = attributes;
  const shape = [grid.batch * grid.time, histories.length * paddedUnits(call)];
  const all = { ...options, histories: histories.length, reverse };
  const program = gl.program(`collect|${callKey(call)}|${Object.values(all).join('|')}`, () => collectText(grid, all));
  const block = gl.textures.take(sizeOf(shape));
  const inputs = [...histories.flat(), ...further.map((view) => store.textureOf(call.name, view))];
  gl.draw(program, inputs, [], block.framebuffer, { ...block, x: 0, y: 0 });
  return store.adopt(block, shape, 'float32', []);
}

/** Returns the input's products of all steps, see `projectText`. */
function project(call: Call, x: GpuView, scratch: Scratch): TextureBlock[] {
  const { gl, store, cell, grid, features, inputs } = call;
  const rows = features % 4 === 0 ? x : scratch.view(padRows(store, x));
  const kernel = padUnits(call, inputs.kernel, features * cell.gates, scratch);
  const size = grid.batch * Math.ceil(grid.time / 2) * paddedUnits(call);
  const textures = [rows, kernel].map((view) => store.textureOf(call.name, view));
  const results = gl.runMany(
    `project|${cell.gates}|${grid.units4}|${grid.time}|${features}`,
    () => projectText(cell, grid, features),
    textures,
    size,
  );
  for (const result of results) scratch.block(result);
  return results;
}

/** Runs the cell over all steps, one launch each. */
export function walkForward(call: Call, training: boolean, scratch: Scratch): Trace {
  const { gl, store, cell, activations, grid, features, inputs, attributes } = call;
  const { batch, time } = grid;
  const { mask, recurrentDropoutMask, bias } = inputs;
  const entered = enter(call);
  const x = entered ?? reshaped(inputs.x, [batch * time, features]);
  const projections = project(call, x, scratch);
  const biasRows = cell.gates * (cell.recurrentBias ? 2 : 1);
  const further = [
    bias && padUnits(call, bias, biasRows, scratch),
    mask,
    recurrentDropoutMask && padUnits(call, recurrentDropoutMask, batch, scratch),
  ].filter((view) => view !== undefined);

  const recurrent = packRecurrent(call);
  const h = newHistory(call);
  const c = cell.carriesCell ? newHistory(call) : undefined;
  const saved = Object.fromEntries((training ? cell.saved : []).map((name) => [name, newHistory(call)]));
  writeInitial(call, inputs.h0, h, scratch);
  if (c !== undefined) writeInitial(call, inputs.c0, c, scratch);

  const options = { bias: bias !== undefined, mask: mask !== undefined, keep: recurrentDropoutMask !== undefined };
  const program = gl.program(`step|${callKey(call)}|${Object.values(options).join('|')}|${training}`, () =>
    stepText(cell, activations, grid, options, training),
  );
  const histories = [h, ...(c === undefined ? [] : [c]), ...Object.values(saved)];
  const targets = ([0, 1] as const).map((parity) => gl.target(histories.map((history) => history[parity])));
  const others = further.map((view) => store.textureOf(call.name, view));
  for (let step = 0; step < time; step++) {
    const parity = step % 2;
    const states = [h[parity] as TextureBlock, ...(c === undefined ? [] : [c[parity] as TextureBlock])];
    const from = blockAt(grid, step);
    const to = blockAt(grid, step + 1);
    const t = attributes.reverse ? time - 1 - step : step;
    const own = projections.slice((t % 2) * cell.gates, (t % 2) * cell.gates + cell.gates);
    const textures = [...own, recurrent, ...states, ...others];
    const numbers = [from.x, from.y, t, Math.floor(t / 2)];
    const target = targets[1 - parity] as WebGLFramebuffer;
    gl.draw(program, textures, numbers, target, { ...to, width: grid.units4, height: batch });
  }
  for (const target of targets) gl.deleteTarget(target);
  const repeats = mask !== undefined && !attributes.zeroOutputForMask;
  return { h, c, saved, recurrent, entered, first: repeats ? firstValid(call, mask) : undefined };
}

/** Returns the outputs `[batch, time, units]`. */
export function outputsOf(call: Call, { h, first }: Trace): GpuView {
  const { grid, units, inputs } = call;
  const { mask } = inputs;
  const blank = mask === undefined ? 'never' : first === undefined ? 'masked' : 'beforeFirst';
  const further = mask === undefined ? [] : [first ?? mask];
  const rows = collect(call, [h], { offset: 1, keep: false, blank }, further);
  return cropUnits(call, rows, [grid.batch, grid.time, units]);
}
