import type { Backend, HostArray, TypedArray, View } from '@lstm/core';

/** A backend with a list of what a step made, which is freed at its end. */
export class Device {
  readonly backend: Backend;
  #views: View[] = [];
  #releases: (() => void)[] = [];

  constructor(backend: Backend) {
    this.backend = backend;
  }

  /** A tensor that stays. */
  upload({ data, shape }: HostArray): View {
    return this.backend.upload(data, shape);
  }

  /** A tensor that lives until the end of the step. */
  keep<T extends View>(view: T): T {
    this.#views.push(view);
    return view;
  }

  /** Runs at the end of the step, before tensors are freed. */
  later(release: () => void): void {
    this.#releases.push(release);
  }

  /** Waits for a tensor's contents and ends the step. */
  finish(view: View): TypedArray {
    const { readSync } = this.backend;
    if (readSync === undefined) throw new Error('the backend cannot read synchronously');
    const values = readSync.call(this.backend, view);
    for (const release of this.#releases) release();
    for (const { handle } of this.#views) this.backend.free(handle);
    this.#views = [];
    this.#releases = [];
    return values;
  }
}
