import type {
  Backend,
  FusedKernel,
  RecurrentStackAttributes,
  RecurrentStackInputs,
  RecurrentStackOutputs,
  View,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';

type Named = Record<string, View | undefined>;
type AnyKernel = FusedKernel<Named, object, Named>;
type StackKernel = FusedKernel<RecurrentStackInputs<View>, RecurrentStackAttributes, RecurrentStackOutputs<View>>;

/** One direction of a layer of a stack. */
interface Part {
  readonly prefix: string;
  readonly kernel: AnyKernel;
  readonly units: number;
  readonly saved: unknown;
}

interface Saved {
  readonly inputs: RecurrentStackInputs<View>;
  readonly layers: readonly (readonly Part[])[];
}

/** The tensors of a direction by their names without the prefix. */
function partOf(inputs: RecurrentStackInputs<View>, prefix: string): Named {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([name, view]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), view] as const] : [],
    ),
  );
}

/** The reference backend with a kernel for stacks, made of its kernels for layers; `calls` tells what it was offered. */
export function stackingBackend(): { readonly backend: Backend; readonly calls: string[] } {
  const base = reference();
  const { kernels } = base;
  const calls: string[] = [];
  const add = (a: View | undefined, b: View | undefined): View | undefined =>
    a && b ? kernels.binary('add', a, b) : (a ?? b);

  const recurrentStack: StackKernel = {
    forward(inputs, { layers }, training) {
      const { x, tokens, table, mask } = inputs;
      const described = layers.map(({ cell, directions }) => `${cell} ${directions.join('+')}`);
      calls.push([tokens ? 'tokens' : 'x', mask ? 'mask' : 'no mask', ...described].join(', '));
      let y = x ?? kernels.gather(table as View, tokens as View);
      const outputs: Record<string, View> = {};
      const saved = layers.map(({ cell, directions, attributes }, index) => {
        const ys: View[] = [];
        const parts = directions.map((direction): Part => {
          const prefix = `${index}.${direction}.`;
          const kernel = base.fused?.[cell] as unknown as AnyKernel;
          const reverse = direction === 'reverse';
          const found = kernel.forward({ x: y, mask, ...partOf(inputs, prefix) }, { ...attributes, reverse }, training);
          const { y: sequence, ...states } = found.outputs;
          ys.push(sequence as View);
          for (const [name, state] of Object.entries(states)) outputs[prefix + name] = state as View;
          return { prefix, kernel, units: (sequence as View).shape[2] as number, saved: found.saved };
        });
        y = kernels.concat(ys, 2);
        return parts;
      });
      return { outputs: { y, ...outputs }, saved: { inputs, layers: saved } satisfies Saved };
    },
    backward(saved, gradients, needs) {
      const { inputs, layers } = saved as Saved;
      const found: Record<string, View> = {};
      let dy = gradients['y'];
      for (const parts of [...layers].reverse()) {
        let from = 0;
        let dx: View | undefined;
        for (const { prefix, kernel, units, saved: own } of parts) {
          const size = dy && [...dy.shape.slice(0, 2), units];
          const dys = { ...partOf(gradients, prefix), y: dy && kernels.slice(dy, [0, 0, from], size as number[]) };
          from += units;
          const names = Object.keys(partOf(inputs, prefix)).filter((name) => needs.has(prefix + name));
          const { x, ...others } = kernel.backward(own, dys, new Set(['x', ...names]));
          for (const [name, view] of Object.entries(others)) found[prefix + name] = view as View;
          dx = add(dx, x);
        }
        dy = dx;
      }
      if (needs.has('x')) found['x'] = dy as View;
      const { tokens, table } = inputs;
      if (needs.has('table'))
        found['table'] = kernels.scatterAdd(tokens as View, dy as View, table?.shape[0] as number);
      return found;
    },
    release(saved) {
      for (const { kernel, saved: own } of (saved as Saved).layers.flat()) kernel.release(own);
    },
  };
  return { backend: { ...base, name: 'stacking', fused: { ...base.fused, recurrentStack } }, calls };
}
