import type { Backend } from '@lstm/core';

/** After this time on the caller's thread others get a turn, at the end of the batch. */
const turnMs = 12;

/**
 * Resolves after a macrotask: `setImmediate` where there is one, for in Bun timers starve behind messages; else a message, which
 * browsers do not slow down as they do timers, whose chains they hold to 4 ms each.
 */
async function macrotask(): Promise<void> {
  await new Promise<void>((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}

/** When others had their last turn. One for all calls: many short ones in a row hold the thread as one long one does. */
let since = performance.now();

/** Gives the event loop a turn after a batch, where a backend has computed on the caller's thread for a while; else resolves at once. */
export async function breathe(backend: Backend): Promise<void> {
  if (!backend.computesOnCaller || performance.now() - since < turnMs) return;
  await macrotask();
  since = performance.now();
}
