import type { Backend, View } from '@lstm/core';
import type { Defer } from './deferral.ts';
import { madeOf, type Pending, pendingView, settle } from './pending.ts';
import { fusedResults } from './result-shapes.ts';
import { type AnyFused, type AnyUpdate, mapViews, viewsIn } from './views.ts';
import type { WorkQueue } from './work-queue.ts';

type Named = Readonly<Record<string, View | undefined>>;
type NamedPending = Record<string, View<Pending>>;

interface PendingSaved {
  /** Inputs of the forward call; their shapes are those of the gradients. */
  readonly inputs: Named;
  readonly outputs: NamedPending;
  /** What the kernel saved, once it ran well. */
  made?: { readonly saved: unknown };
}

/** Shapes without handles: before the work is done there are none. */
function withoutHandles<T>(values: T): T {
  return mapViews(values, ({ shape, dtype }) => ({ handle: undefined, shape, dtype }));
}

/** A view of a result that exists already. */
function doneView(made: View): View<Pending> {
  return { handle: { made, freed: false }, shape: made.shape, dtype: made.dtype };
}

/** A fused kernel whose forward, backward and release are queued. */
export function deferredFused(
  backend: Backend,
  queue: WorkQueue,
  defer: Defer,
  name: string,
  kernel: AnyFused,
): AnyFused {
  const resultsOf = Object.hasOwn(fusedResults, name) ? fusedResults[name as keyof typeof fusedResults] : undefined;
  const forwardNow = (inputs: object, attributes: unknown, training: boolean): ReturnType<AnyFused['forward']> => {
    queue.flush();
    const { outputs, saved } = kernel.forward(mapViews(inputs, madeOf), attributes, training);
    const views = mapViews(outputs, doneView) as NamedPending;
    return {
      outputs: views,
      saved: { inputs: inputs as Named, outputs: views, made: { saved } } satisfies PendingSaved,
    };
  };
  return {
    supports: (inputs, attributes) => kernel.supports?.(withoutHandles(inputs), attributes) ?? true,
    forward(inputs, attributes, training) {
      if (resultsOf === undefined) return forwardNow(inputs, attributes, training);
      const outputs = pendingViews(resultsOf(inputs as Named, attributes));
      const saved: PendingSaved = { inputs: inputs as Named, outputs };
      defer({
        where: name,
        inputs,
        outputs: Object.values(outputs),
        run() {
          const found = kernel.forward(mapViews(inputs, madeOf), attributes, training);
          saved.made = { saved: found.saved };
          settleAll(name, outputs, found.outputs as Named);
        },
      });
      return { outputs, saved };
    },
    backward(state, gradients, needs) {
      const saved = state as PendingSaved;
      const names = [...(needs as ReadonlySet<string>)].filter((each) => saved.inputs[each] !== undefined);
      const results = pendingViews(Object.fromEntries(names.map((each) => [each, saved.inputs[each] as View])));
      defer({
        where: name,
        inputs: [gradients, saved.inputs, saved.outputs],
        outputs: Object.values(results),
        run() {
          const found = kernel.backward(saved.made?.saved, mapViews(gradients, madeOf), needs) as Named;
          const filled = names.map((each) => {
            const { shape, dtype } = results[each] as View;
            return [each, found[each] ?? backend.kernels.fill(shape, 0, dtype)] as const;
          });
          for (const [each, view] of Object.entries(found)) {
            if (view !== undefined && results[each] === undefined) backend.free(view.handle);
          }
          settleAll(name, results, Object.fromEntries(filled));
        },
      });
      return results;
    },
    release(state) {
      const saved = state as PendingSaved;
      const run = (): void => {
        if (saved.made !== undefined) kernel.release(saved.made.saved);
      };
      defer({ where: name, inputs: [], outputs: [], run });
    },
  };
}

function pendingViews(results: Readonly<Record<string, Pick<View, 'shape' | 'dtype'>>>): NamedPending {
  return Object.fromEntries(Object.entries(results).map(([name, result]) => [name, pendingView(result)]));
}

/** Marks results as done; each is kept for its free even when another one is wrong. */
function settleAll(where: string, results: NamedPending, made: Named): void {
  let failure: unknown;
  for (const [name, view] of Object.entries(results)) {
    try {
      settle(where, view, made[name]);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
}

/** An update whose run is queued; what it writes into fails with it. */
export function deferredUpdate(queue: WorkQueue, defer: Defer, name: string, update: AnyUpdate): AnyUpdate {
  return {
    supports: (tensors, attributes) => update.supports?.(withoutHandles(tensors), attributes) ?? true,
    run(tensors, attributes) {
      if (name !== 'optimizerStep') {
        queue.flush();
        return mapViews(update.run(mapViews(tensors, madeOf), attributes), doneView);
      }
      const { parameters, slots } = tensors as { readonly parameters: readonly View[]; readonly slots: unknown };
      const norm = pendingView({ shape: [], dtype: parameters[0]?.dtype ?? 'float32' });
      defer({
        where: name,
        inputs: tensors,
        outputs: [norm],
        alsoPoisons: [...parameters, ...viewsIn(slots)],
        run: () => settle(name, norm, update.run(mapViews(tensors, madeOf), attributes) as View),
      });
      return norm;
    },
  };
}
