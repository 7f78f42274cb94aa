import {
  type Backend,
  type BackendSession,
  defineBackend,
  dtypeOf,
  type Kernels,
  type SessionPlan,
  type TypedArray,
  type View,
} from '@lstm/core';
import { deferral } from './deferral.ts';
import { deferredFused, deferredUpdate } from './deferred-fused.ts';
import { madeOf, pendingOf, pendingView, settle } from './pending.ts';
import { kernelResults, type ResultType } from './result-shapes.ts';
import { mapFused, mapKernels, mapViews } from './views.ts';
import { WorkQueue } from './work-queue.ts';

/**
 * Returns a proxy of `backend` that delays all work, as a GPU or a worker thread does: every call returns at once with a
 * pending view, and the work runs in call order on a later macrotask. `readSync`, where the backend has it, and
 * `createSession` finish the queued work first.
 *
 * Work that throws poisons its results and what depends on them: the next read of any of them rejects with the error, freeing
 * them is legal. A kernel whose result has another shape or dtype than the contract says fails in the same way. Using a freed
 * handle throws at the call. Fused kernels are asked by shapes alone whether they support a call; those that core does not
 * know run at the call, after the queued work.
 *
 * @throws BackendError for what is no backend
 *
 * @example
 * ```ts
 * import { exp, tensor } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { deferredBackend } from '@lstm/testing';
 *
 * const backend = deferredBackend(reference());
 * const y = exp(tensor([0], { backend }));
 * console.log(backend.pending?.ops); // => 2
 * console.log(await y.item(), backend.pending?.ops); // => 1 0
 * ```
 */
export function deferredBackend(backend: Backend): Backend {
  defineBackend(backend);
  const queue = new WorkQueue();
  const { defer, throwLost } = deferral(queue);

  const kernel = (name: keyof Kernels, own: (...values: readonly unknown[]) => View) => {
    const resultOf = kernelResults[name] as (...values: readonly unknown[]) => ResultType;
    return (...values: readonly unknown[]): View => {
      const output = pendingView(resultOf(...values));
      const run = (): void => settle(name, output, own(...mapViews(values, madeOf)));
      defer({ where: name, inputs: values, outputs: [output], run });
      return output;
    };
  };

  const { createSession, readSync } = backend;
  return defineBackend({
    apiVersion: backend.apiVersion,
    name: backend.name,
    dtypes: backend.dtypes,
    precision: backend.precision,
    computesOnCaller: backend.computesOnCaller,
    kernels: mapKernels(backend.kernels, kernel),
    ...mapFused(
      backend,
      (name, own) => deferredFused(backend, queue, defer, name, own),
      (name, own) => deferredUpdate(queue, defer, name, own),
    ),
    upload(data, shape) {
      const dtype = dtypeOf(data);
      const output = pendingView({ shape, dtype });
      const copy = data.slice();
      const run = (): void => settle('upload', output, backend.upload(copy, shape));
      defer({ where: 'upload', inputs: [], outputs: [output], run });
      return output;
    },
    async read(view) {
      pendingOf('read', view);
      return new Promise<TypedArray>((resolve, reject) => {
        queue.add(0, () => {
          try {
            throwLost();
            backend.read(madeOf(view)).then(resolve, reject);
          } catch (error) {
            reject(error);
          }
        });
      });
    },
    ...(readSync !== undefined && {
      readSync(view: View, into?: TypedArray) {
        pendingOf('readSync', view);
        queue.flush();
        throwLost();
        return readSync.call(backend, madeOf(view), into);
      },
    }),
    free(handle) {
      const pending = pendingOf('free', { handle, shape: [], dtype: 'float32' });
      pending.freed = true;
      const run = (): void => {
        if (pending.made !== undefined) backend.free(pending.made.handle);
      };
      defer({ where: 'free', inputs: [], outputs: [], run });
    },
    get pending() {
      return queue.pending;
    },
    async idle() {
      await new Promise<void>((resolve) => queue.add(0, resolve));
      throwLost();
      await backend.idle?.();
    },
    ...(createSession !== undefined && {
      createSession(plan: SessionPlan): BackendSession | undefined {
        queue.flush();
        return createSession.call(backend, mapViews(plan, madeOf));
      },
    }),
    dispose() {
      queue.flush();
      backend.dispose();
    },
  });
}
