import {
  type Backend,
  type BackendSession,
  checkOptions,
  defineBackend,
  type SessionPlan,
  type View,
} from '@lstm/core';
import { Ledger, type SavedTicket } from './ledger.ts';
import { type AnyFused, type AnyUpdate, mapFused, mapKernels, mapViews, viewsIn } from './views.ts';

/** A backend that watches how it is used. */
export interface LeakCheckedBackend extends Backend {
  /**
   * Returns one line for each rule that was broken so far and each handle, saved state or session that is alive now. Empty
   * when all is well.
   */
  problems(): readonly string[];
}

/** Options of {@link leakCheckedBackend}. */
export interface LeakCheckedOptions {
  /** True offers `readSync` where the backend does; by default a synchronous read throws a `SyncReadError`. */
  readonly syncReads?: boolean;
}

/**
 * Returns a proxy of `backend` that checks both sides of the contract. It throws at the call that breaks a rule, and
 * remembers it:
 *
 * - use after free, double free, handles of another backend, any call after dispose,
 * - free before use: an input or output of a fused kernel is freed while its backward is still to come,
 * - backward after release, double release,
 * - a kernel that returns a handle which is alive already instead of a new one,
 * - synchronous reads.
 *
 * `problems()` also lists what was never freed, released or disposed. Free everything you made before you ask; on a backend
 * that defers its work nothing has to be awaited first.
 *
 * @throws BackendError for what is no backend
 *
 * @example
 * ```ts
 * import { mul, tensor } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { leakCheckedBackend } from '@lstm/testing';
 *
 * const backend = leakCheckedBackend(reference());
 * const x = tensor([1, 2], { backend });
 * const y = mul(x, x);
 * x.dispose();
 * console.log(backend.problems()); // => [ 'float32 [2] of binary was never freed' ]
 * y.dispose();
 * console.log(backend.problems()); // => []
 * ```
 */
export function leakCheckedBackend(backend: Backend, options: LeakCheckedOptions = {}): LeakCheckedBackend {
  checkOptions('leakCheckedBackend', options, ['syncReads']);
  defineBackend(backend);
  const ledger = new Ledger();
  const sessions = new Set<BackendSession>();
  const open = <T>(where: string, values: T): T => mapViews(values, (view) => ledger.open(where, view));
  const adopt = <T>(where: string, values: T): T => mapViews(values, (view) => ledger.adopt(where, view));

  const { createSession, readSync } = backend;
  return Object.assign(
    defineBackend({
      apiVersion: backend.apiVersion,
      name: backend.name,
      dtypes: backend.dtypes,
      precision: backend.precision,
      computesOnCaller: backend.computesOnCaller,
      kernels: mapKernels(backend.kernels, (name, kernel) => (...values) => {
        ledger.refuseWhenDisposed(name);
        return adopt(name, kernel(...open(name, values)));
      }),
      ...mapFused(
        backend,
        (name, kernel) => checkedFused(ledger, name, kernel, open, adopt),
        (name, update) => checkedUpdate(ledger, name, update, open, adopt),
      ),
      upload(data, shape) {
        ledger.refuseWhenDisposed('upload');
        return adopt('upload', backend.upload(data, shape));
      },
      read: async (view) => backend.read(ledger.open('read', view)),
      ...(options.syncReads === true &&
        readSync !== undefined && {
          readSync: (view: View, into?: Parameters<typeof readSync>[1]) =>
            readSync.call(backend, ledger.open('readSync', view), into),
        }),
      free(handle) {
        backend.free(ledger.close(handle));
      },
      get pending() {
        return backend.pending ?? { ops: 0, bytes: 0 };
      },
      async idle() {
        await backend.idle?.();
      },
      ...(createSession !== undefined && {
        createSession(plan: SessionPlan) {
          const session = createSession.call(backend, open('session', plan));
          return session && checkedSession(ledger, session, sessions);
        },
      }),
      dispose() {
        ledger.refuseWhenDisposed('dispose');
        ledger.dispose();
        backend.dispose();
      },
    }),
    {
      problems: () => [
        ...ledger.violations,
        ...ledger.leaks(),
        ...[...sessions].map(() => 'a session was never disposed'),
      ],
    },
  );
}

type Change = <T>(where: string, values: T) => T;

function checkedFused(ledger: Ledger, name: string, kernel: AnyFused, open: Change, adopt: Change): AnyFused {
  return {
    supports: (inputs, attributes) =>
      kernel.supports?.(
        mapViews(inputs, (view) => ledger.peek(view)),
        attributes,
      ) ?? true,
    forward(inputs, attributes, training) {
      const { outputs, saved } = kernel.forward(open(name, inputs), attributes, training);
      const wrapped = adopt(name, outputs);
      const uses = viewsIn([inputs, wrapped]).map((view) => ledger.ticketOf(name, view.handle));
      return { outputs: wrapped, saved: ledger.keep({ kernel: name, inner: saved, uses, released: false }) };
    },
    backward(saved, gradients, needs) {
      const inner = ledger.useSaved(saved as SavedTicket);
      return adopt(`the backward of ${name}`, kernel.backward(inner, open(name, gradients), needs));
    },
    release(saved) {
      kernel.release(ledger.release(saved as SavedTicket));
    },
  };
}

function checkedUpdate(ledger: Ledger, name: string, update: AnyUpdate, open: Change, adopt: Change): AnyUpdate {
  return {
    supports: (tensors, attributes) =>
      update.supports?.(
        mapViews(tensors, (view) => ledger.peek(view)),
        attributes,
      ) ?? true,
    run: (tensors, attributes) => adopt(name, update.run(open(name, tensors), attributes)),
  };
}

function checkedSession(ledger: Ledger, session: BackendSession, live: Set<BackendSession>): BackendSession {
  live.add(session);
  const assertLive = (where: string): void => {
    if (live.has(session)) return;
    ledger.refuse(
      'session',
      `${where} is called after dispose.`,
      'A session is used before its dispose, which comes once.',
      'Dispose it last.',
    );
  };
  return {
    step(input, output) {
      assertLive('step');
      session.step(input, output);
    },
    readState() {
      assertLive('readState');
      return session.readState();
    },
    writeState(state) {
      assertLive('writeState');
      session.writeState(state);
    },
    dispose() {
      assertLive('dispose');
      live.delete(session);
      session.dispose();
    },
  };
}
