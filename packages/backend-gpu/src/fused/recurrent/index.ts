import type { FusedKernel, FusedKernels, RecurrentInputs } from '@lstm/core';
import type { GpuView, Handle, Store } from '../../store.ts';
import { type OutputGradients, walkBackward } from './backward.ts';
import { type Attributes, type Call, type Inputs, Scratch } from './call.ts';
import { type Cell, cells } from './cells.ts';
import { outputsOf, readState, type Trace, walkForward } from './forward.ts';
import type { Steps } from './steps.ts';
import { glSteps } from './webgl/steps.ts';
import { bufferSteps } from './webgpu/steps.ts';

interface Saved {
  readonly call: Call;
  /** Absent after a call without training. */
  readonly trace: Trace | undefined;
}

function freeTrace({ store, steps, inputs }: Call, { states, recurrent, entered, first }: Trace): void {
  for (const group of states) steps.close(group);
  for (const view of [recurrent, entered, first]) {
    if (view !== undefined && view.handle !== inputs.recurrentKernel.handle) store.free(view.handle);
  }
}

/** Returns how steps run on the store's device, or nothing where the call does not fit it. */
function stepsFor(
  store: Store,
  name: string,
  cell: Cell,
  { x, recurrentKernel, mask }: Inputs,
  training: boolean,
): Steps | undefined {
  const [batch, time] = x.shape as readonly [number, number];
  const units = recurrentKernel.shape[0] as number;
  // By the name of the op: the composition of ops would name one of its own.
  store.checkSize(name, batch * time * units);
  const sizes = { name, batch, time, units };
  return store.gl === undefined
    ? bufferSteps(store, cell, sizes, { training, mask: mask !== undefined })
    : glSteps(store, store.gl, cell, sizes);
}

/** Fused whole-sequence layers: every launch of a step makes all gates that it can. */
export function recurrentKernels(store: Store): Required<Pick<FusedKernels<Handle>, 'lstm' | 'gru' | 'simpleRnn'>> {
  const create = <In extends RecurrentInputs<GpuView>, Attr extends Attributes, Out extends object>(
    name: 'lstm' | 'gru' | 'simpleRnn',
  ): FusedKernel<In, Attr, Out> => {
    const cellOf = ({ resetAfter }: Attributes): Cell => cells[resetAfter === false ? 'gruResetBefore' : name];
    return {
      supports: (inputs, attributes) =>
        !inputs.x.shape.includes(0) &&
        !inputs.recurrentKernel.shape.includes(0) &&
        stepsFor(store, name, cellOf(attributes), inputs, true) !== undefined,
      forward(inputs, attributes, training) {
        const { activation, recurrentActivation = 'linear' } = attributes;
        const cell = cellOf(attributes);
        const [batch, time, features] = inputs.x.shape as readonly [number, number, number];
        const call: Call = {
          store,
          steps: stepsFor(store, name, cell, inputs, training) as Steps,
          name,
          cell,
          activations: { activation, recurrentActivation },
          batch,
          time,
          features,
          units: inputs.recurrentKernel.shape[0] as number,
          inputs,
          attributes,
        };
        // Backward puts the gradients of all gates side by side, WebGPU the products of a step at least.
        const perUnit = training ? time * cell.gates : store.webgpu ? Math.max(time, cell.gates) : time;
        store.checkSize(name, batch * call.steps.padded * perUnit);
        const scratch = new Scratch(store);
        const trace = walkForward(call, training, scratch);
        const from = Object.values(inputs).filter((view): view is GpuView => view !== undefined);
        const checked = (view: GpuView): GpuView => store.inherit(view, from);
        const outputs = {
          y: checked(outputsOf(call, trace)),
          h: checked(readState(call, trace.states, 'h', time)),
          ...(cell.carriesCell && { c: checked(readState(call, trace.states, 'c', time)) }),
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
          Object.entries(found).map(([key, view]) => [key, store.inherit(view, from as GpuView[])]),
        ) as unknown as Partial<In>;
      },
      release(state) {
        const { call, trace } = state as Saved;
        if (trace !== undefined) freeTrace(call, trace);
      },
    };
  };
  return { lstm: create('lstm'), gru: create('gru'), simpleRnn: create('simpleRnn') };
}
