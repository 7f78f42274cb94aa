import type { View } from '@lstm/core';
import { asFailure, type Pending, pendingOf } from './pending.ts';
import { viewsIn } from './views.ts';
import { bytesOf, type WorkQueue } from './work-queue.ts';

/** One piece of deferred work. */
interface Work {
  readonly where: string;
  /** Views inside it must have been computed well, else the work is not done and its outputs fail with them. */
  readonly inputs: unknown;
  readonly outputs: readonly View<Pending>[];
  /** Views that fail too when the work fails, besides the outputs. */
  readonly alsoPoisons?: readonly View[];
  run(): void;
}

/** Queues work of a deferred backend. */
export type Defer = (work: Work) => void;

/** What queues work, and what throws a failure of work without outputs, such as free: the next read or idle tells it, once. */
export function deferral(queue: WorkQueue): { readonly defer: Defer; readonly throwLost: () => void } {
  let lost: Error | undefined;
  return {
    defer({ where, inputs, outputs, alsoPoisons = [], run }) {
      const uses = viewsIn(inputs).map((view) => pendingOf(where, view));
      queue.add(bytesOf(outputs), () => {
        let failure = uses.find((use) => use.failure !== undefined)?.failure;
        try {
          if (failure === undefined) run();
        } catch (error) {
          failure = asFailure(where, error);
          if (outputs.length === 0) lost = failure;
        }
        if (failure === undefined) return;
        for (const { handle } of [...outputs, ...alsoPoisons]) (handle as Pending).failure = failure;
      });
    },
    throwLost() {
      const failure = lost;
      lost = undefined;
      if (failure !== undefined) throw failure;
    },
  };
}
