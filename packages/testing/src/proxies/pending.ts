import { BackendError, formatShape, LstmError, sameShape, type View } from '@lstm/core';
import type { ResultType } from './result-shapes.ts';

/** The handle of a result whose work may still be queued. */
export interface Pending {
  /** The backend's own view, once the work was done. */
  made?: View;
  /** Why the work failed; reading it, and what depends on it, rejects with this. */
  failure?: Error;
  freed: boolean;
}

/** Returns a view of a result that is still to come. */
export function pendingView({ shape, dtype }: ResultType): View<Pending> {
  return { handle: { freed: false }, shape, dtype };
}

/**
 * Returns the handle behind a view of the caller.
 *
 * @throws {@link BackendError} when it was freed
 */
export function pendingOf(where: string, view: View): Pending {
  const pending = view.handle as Pending;
  if (!pending.freed) return pending;
  throw new BackendError(
    where,
    `${view.dtype} ${formatShape(view.shape)} was freed before.`,
    'A handle is used before its free.',
    'Free it after the last call that takes it.',
  );
}

/** Returns the backend's own view; its work was done. */
export function madeOf({ handle, shape, dtype }: View): View {
  const { made, failure } = handle as Pending;
  if (failure !== undefined) throw failure;
  return { handle: made?.handle, shape, dtype };
}

/** Marks a result as done. */
export function settle(where: string, view: View<Pending>, made: View | undefined): void {
  if (made === undefined)
    throw new BackendError(where, 'a result is missing.', 'A kernel gives all of its outputs.', 'Return each of them.');
  view.handle.made = made;
  if (sameShape(made.shape, view.shape) && made.dtype === view.dtype) return;
  throw new BackendError(
    where,
    `the kernel gave ${made.dtype} ${formatShape(made.shape)}.`,
    `Its result is ${view.dtype} ${formatShape(view.shape)}.`,
    'Compute shape and dtype of the result as the contract says.',
  );
}

/** Returns an error of this library for whatever a kernel threw. */
export function asFailure(where: string, error: unknown): Error {
  if (error instanceof LstmError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new BackendError(where, message, '', '', { cause: error });
}
