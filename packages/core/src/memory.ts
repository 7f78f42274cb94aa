import { storageCounts } from './storage.ts';
import type { Tensor } from './tensor.ts';

/** What is alive now. */
export interface MemoryInfo {
  /** Tensors not yet disposed. */
  readonly tensors: number;
  /** Buffers; tensors made by reshape share one, and the graph of a pending gradient holds some. */
  readonly storages: number;
  readonly bytes: number;
  /** Counts by name of backend. */
  readonly backends: Readonly<Record<string, { readonly storages: number; readonly bytes: number }>>;
  /** In debug mode: each live tensor made since the mode was switched on, and where. */
  readonly survivors?: readonly { readonly tensor: Tensor; readonly createdAt: string }[];
}

let tensors = 0;
// Strong references, on purpose: in debug mode nothing that leaked disappears from the list.
let creations: Map<Tensor, string> | undefined;
let disposedCreations: WeakMap<Tensor, string> | undefined;

/** @internal Counts a tensor in. */
export function noteTensor(tensor: Tensor): void {
  tensors += 1;
  creations?.set(tensor, creationSite());
}

/** @internal Counts a tensor out. */
export function forgetTensor(tensor: Tensor): void {
  tensors -= 1;
  const creation = creations?.get(tensor);
  if (creation === undefined) return;
  creations?.delete(tensor);
  disposedCreations?.set(tensor, creation);
}

/** @internal Counts out a tensor that garbage collection took. */
export function noteCollected(): void {
  tensors -= 1;
}

/** @internal Where a tensor was made, known in debug mode only. */
export function creationOf(tensor: Tensor): string | undefined {
  return creations?.get(tensor) ?? disposedCreations?.get(tensor);
}

function creationSite(): string {
  const lines = (new Error().stack ?? '').split('\n').slice(4);
  return lines.map((line) => line.trim()).join('\n  ');
}

/**
 * Switches debug mode on or off: then {@link memory} lists survivors and errors tell where a disposed tensor was made. Slow.
 *
 * @example
 * ```ts
 * import { debugMemory, memory, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * debugMemory(true);
 * const forgotten = tensor([1, 2]);
 * const [survivor] = memory().survivors ?? [];
 * console.log(survivor?.tensor === forgotten, typeof survivor?.createdAt); // => true string
 * debugMemory(false);
 * ```
 */
export function debugMemory(on: boolean): void {
  creations = on ? new Map() : undefined;
  disposedCreations = on ? new WeakMap() : undefined;
}

/**
 * Returns how many tensors, buffers and bytes are alive.
 *
 * @example
 * ```ts
 * import { memory, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const before = memory().tensors;
 * const x = tensor([1, 2, 3]);
 * console.log(memory().tensors - before); // => 1
 * x.dispose();
 * console.log(memory().tensors - before); // => 0
 * ```
 */
export function memory(): MemoryInfo {
  const backends: Record<string, { storages: number; bytes: number }> = {};
  let storages = 0;
  let bytes = 0;
  for (const [backend, counts] of storageCounts()) {
    const sum = backends[backend.name] ?? { storages: 0, bytes: 0 };
    backends[backend.name] = { storages: sum.storages + counts.storages, bytes: sum.bytes + counts.bytes };
    storages += counts.storages;
    bytes += counts.bytes;
  }
  const survivors = creations && [...creations].map(([tensor, createdAt]) => ({ tensor, createdAt }));
  return { tensors, storages, bytes, backends, ...(survivors && { survivors }) };
}
