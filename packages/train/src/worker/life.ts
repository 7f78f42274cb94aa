import type { FitWorker } from './messages.ts';

/** What is used of the Web Locks, which pages have over https and on localhost. */
interface Locks {
  request(name: string, hold: () => Promise<unknown>): Promise<unknown>;
  request(
    name: string,
    options: { readonly mode: 'shared'; readonly signal: AbortSignal },
    hold: () => void,
  ): Promise<unknown>;
}

function locksOfBrowser(): Locks | undefined {
  return (globalThis as { readonly navigator?: { readonly locks?: Locks } }).navigator?.locks;
}

/**
 * Holds a lock from now to the end of this worker: in a browser nothing else tells of it.
 *
 * @returns a promise of its name; of undefined in Node, which tells by itself, and where there are no locks
 */
export async function holdLife({ on }: FitWorker): Promise<string | undefined> {
  const locks = locksOfBrowser();
  if (on !== undefined || locks === undefined) return undefined;
  const name = `lstm ${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    const forever = new Promise<never>(() => undefined);
    const hold = (): Promise<never> => {
      resolve(name);
      return forever;
    };
    // A worker of no origin may not.
    locks.request(name, hold).catch(() => resolve(undefined));
  });
}

/** Calls `ended` when the holder of a lock has ended, until the returned function is called. */
export function watchLife(name: string, ended: () => void): () => void {
  const stop = new AbortController();
  locksOfBrowser()
    ?.request(name, { mode: 'shared', signal: stop.signal }, ended)
    .catch(() => undefined);
  return () => stop.abort();
}
