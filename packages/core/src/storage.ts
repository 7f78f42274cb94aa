import type { Backend, View } from './backend/types.ts';
import { bytesPerElement, type DType } from './dtype.ts';
import type { IndexFacts } from './index-facts.ts';
import { type Shape, sizeOf } from './shape.ts';

/** Live storages and their bytes on one backend. */
export interface StorageCounts {
  storages: number;
  bytes: number;
}

const countsByBackend = new Map<Backend, StorageCounts>();

/** Returns the live counts of every backend that holds memory now. */
export function storageCounts(): ReadonlyMap<Backend, Readonly<StorageCounts>> {
  return countsByBackend;
}

/** A backend's buffer and the number of tensors and graph nodes that hold it; freed exactly once, at the last release. */
export class Storage {
  readonly backend: Backend;
  readonly handle: unknown;
  readonly bytes: number;
  /** What contents that came from the host are as indices. */
  indexFacts: IndexFacts | undefined;
  readonly #counts: StorageCounts;
  #references = 1;

  constructor(backend: Backend, handle: unknown, shape: Shape, dtype: DType) {
    this.backend = backend;
    this.handle = handle;
    this.bytes = sizeOf(shape) * bytesPerElement(dtype);
    let counts = countsByBackend.get(backend);
    if (counts === undefined) {
      counts = { storages: 0, bytes: 0 };
      countsByBackend.set(backend, counts);
    }
    counts.storages += 1;
    counts.bytes += this.bytes;
    this.#counts = counts;
  }

  /** How many holders there are. */
  get references(): number {
    return this.#references;
  }

  /** Adds a holder. */
  retain(): this {
    this.#references += 1;
    return this;
  }

  /** Removes a holder; the last one frees the buffer. */
  release(): void {
    this.#references -= 1;
    if (this.#references > 0) return;
    const counts = this.#counts;
    counts.storages -= 1;
    counts.bytes -= this.bytes;
    if (counts.storages === 0) countsByBackend.delete(this.backend);
    this.backend.free(this.handle);
  }
}

/** Returns a storage for a kernel's result: that of one of `shared` when the kernel returned its handle, else a new one. */
export function storageOf(backend: Backend, view: View, shared: readonly { readonly storage: Storage }[]): Storage {
  for (const { storage } of shared) {
    if (storage.handle === view.handle) return storage.retain();
  }
  return new Storage(backend, view.handle, view.shape, view.dtype);
}
