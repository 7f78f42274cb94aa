import type { Block } from '../device.ts';

/** A storage buffer of float32 elements. */
export interface BufferBlock extends Block {
  readonly buffer: GPUBuffer;
}

/** Neighbouring elements of a buffer, where a launch reads or writes. */
export interface BufferPart extends BufferBlock {
  /** First element; a multiple of what the device says. */
  readonly from: number;
}

// The values that the specification gives: the globals exist in browsers only.
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
/** How a buffer that parameters are written to is used. */
export const parameterUsage: number = usage.uniform | usage.copyTarget;
/** How a buffer that the host reads is used. */
export const readUsage: number = usage.mapRead | usage.copyTarget;
const storageUsage: number = usage.storage | usage.copySource | usage.copyTarget;

// Freed buffers kept for the next tensors of their size.
const keptBytes = 2 ** 28;

/** Buffers by size. The device works in call order, so a freed one can be written by the next launch. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, GPUBuffer[]>();
  #freeBytes = 0;
  #count = 0;
  #liveBytes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Buffers in existence, free ones included. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the buffers in use. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Returns a buffer for `size` elements. Its contents are undefined. */
  take(size: number): BufferBlock {
    const bytes = 4 * size;
    let buffer = this.#free.get(bytes)?.pop();
    if (buffer === undefined) {
      buffer = this.#device.createBuffer({ size: bytes, usage: storageUsage });
      this.#count++;
    } else this.#freeBytes -= bytes;
    this.#liveBytes += bytes;
    return { buffer, size };
  }

  /** Takes a buffer back. Returns those to destroy once the work queued so far is submitted. */
  give({ buffer, size }: BufferBlock): readonly GPUBuffer[] {
    const bytes = 4 * size;
    // The size used last comes last: the first entries are the ones to let go.
    const kept = this.#free.get(bytes) ?? [];
    this.#free.delete(bytes);
    this.#free.set(bytes, kept);
    kept.push(buffer);
    this.#liveBytes -= bytes;
    this.#freeBytes += bytes;
    const dropped: GPUBuffer[] = [];
    while (this.#freeBytes > keptBytes) {
      const oldest = this.#oldest();
      if (oldest === undefined) break;
      dropped.push(oldest);
    }
    return dropped;
  }

  #oldest(): GPUBuffer | undefined {
    for (const [bytes, kept] of this.#free) {
      const oldest = kept.shift();
      if (kept.length === 0) this.#free.delete(bytes);
      if (oldest === undefined) continue;
      this.#freeBytes -= bytes;
      this.#count--;
      return oldest;
    }
    return undefined;
  }
}
