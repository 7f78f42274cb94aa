import type { Backend } from '@lstm/core';

/** Longest time on the caller's thread before others get a turn. */
const turnMs = 12;

/** Gives the event loop a turn whenever a backend has computed on the caller's thread for a while. */
export class Pacer {
  readonly #computesOnCaller: boolean;
  #since: number = Date.now();

  constructor(backend: Backend) {
    this.#computesOnCaller = backend.computesOnCaller;
  }

  /** Resolves at once, or after a macrotask when it is time. */
  async breathe(): Promise<void> {
    if (!this.#computesOnCaller || Date.now() - this.#since < turnMs) return;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    this.#since = Date.now();
  }
}
