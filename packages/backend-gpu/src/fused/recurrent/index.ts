import type { FusedKernel, FusedKernels, RecurrentInputs } from '@lstm/core';
import type { GpuView, Handle, Store } from '../../store.ts';
import type { GlDevice } from '../../webgl/device.ts';
import { type OutputGradients, walkBackward } from './backward.ts';
import { type Attributes, type Call, type Inputs, Scratch } from './call.ts';
import { type Cell, cells } from './cells.ts';
import { outputsOf, readBlock, type Trace, walkForward } from './forward.ts';
import { type Grid, gridOf, type History } from './grid.ts';
import { backResults } from './texts.ts';

interface Saved {
  readonly call: Call;
  /** Absent after a call without training. */
  readonly trace: Trace | undefined;
}

function freeTrace({ store }: Call, { h, c, saved, recurrent, entered, first }: Trace): void {
  const histories: History[] = [h, ...(c === undefined ? [] : [c]), ...Object.values(saved)];
  for (const block of [...histories.flat(), recurrent]) store.device.free(block);
  for (const view of [entered, first]) if (view !== undefined) store.free(view.handle);
}

/** Returns how many textures the launches of a cell write at once; WebGL2 promises 4, nearly all devices have 8. */
function mostResults(cell: Cell): number {
  const forward = 1 + (cell.carriesCell ? 1 : 0) + cell.saved.length;
  return Math.max(2 * cell.gates, forward, backResults(cell, true).length);
}

/** Fused whole-sequence layers. A GRU whose reset gate acts before the product needs two launches a step: it is composed. */
export function recurrentKernels(
  store: Store,
  gl: GlDevice,
): Required<Pick<FusedKernels<Handle>, 'lstm' | 'gru' | 'simpleRnn'>> {
  const gridFor = (name: keyof typeof cells, { x, recurrentKernel }: Inputs): Grid | undefined => {
    if (mostResults(cells[name]) > gl.maxResults) return undefined;
    const [batch, time] = x.shape as readonly [number, number];
    const units = recurrentKernel.shape[0] as number;
    const fits =
      cells[name].gates * Math.ceil(units / 4) <= gl.maxTextureSize && 4 * Math.ceil(units / 4) <= gl.maxTextureSize;
    return fits ? gridOf(batch, time, units, gl.maxTextureSize) : undefined;
  };

  const create = <In extends RecurrentInputs<GpuView>, Attr extends Attributes, Out extends object>(
    name: keyof typeof cells,
  ): FusedKernel<In, Attr, Out> => ({
    supports: (inputs, attributes) =>
      attributes.resetAfter !== false &&
      !inputs.x.shape.includes(0) &&
      !inputs.recurrentKernel.shape.includes(0) &&
      gridFor(name, inputs) !== undefined,
    forward(inputs, attributes, training) {
      const { activation, recurrentActivation = 'linear' } = attributes;
      const call: Call = {
        store,
        gl,
        name,
        cell: cells[name],
        activations: { activation, recurrentActivation },
        grid: gridFor(name, inputs) as Grid,
        features: inputs.x.shape[2] as number,
        units: inputs.recurrentKernel.shape[0] as number,
        inputs,
        attributes,
      };
      const scratch = new Scratch(store);
      const trace = walkForward(call, training, scratch);
      const last = call.grid.time;
      const from = Object.values(inputs).filter((view): view is GpuView => view !== undefined);
      const checked = (view: GpuView): GpuView => store.inherit(view, from);
      const outputs = {
        y: checked(outputsOf(call, trace)),
        h: checked(readBlock(call, trace.h, last)),
        ...(trace.c && { c: checked(readBlock(call, trace.c, last)) }),
      };
      scratch.free();
      if (!training) freeTrace(call, trace);
      const saved: Saved = { call, trace: training ? trace : undefined };
      return { outputs: outputs as unknown as Out, saved };
    },
    backward(state, gradients, needs) {
      const { call, trace } = state as Saved;
      if (trace === undefined) return {};
      const scratch = new Scratch(store);
      const found = walkBackward(call, trace, gradients as OutputGradients, needs as ReadonlySet<string>, scratch);
      scratch.free();
      const from = [...Object.values(call.inputs), ...Object.values(gradients)].filter((view) => view !== undefined);
      return Object.fromEntries(
        Object.entries(found).map(([name, view]) => [name, store.inherit(view, from as GpuView[])]),
      ) as unknown as Partial<In>;
    },
    release(state) {
      const { call, trace } = state as Saved;
      if (trace !== undefined) freeTrace(call, trace);
    },
  });
  return { lstm: create('lstm'), gru: create('gru'), simpleRnn: create('simpleRnn') };
}
