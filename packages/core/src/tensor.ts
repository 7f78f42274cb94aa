/// <reference lib="esnext.disposable" preserve="true" />
import type { Backend, View } from './backend/types.ts';
import type { DType, TypedArray } from './dtype.ts';
import { DisposedError, ShapeError, SyncReadError } from './errors.ts';
import { type GradNode, releaseNode } from './graph.ts';
import type { NestedNumbers } from './host-array.ts';
import { creationOf, forgetTensor, noteCollected, noteTensor } from './memory.ts';
import { formatHeader, formatTensor } from './print.ts';
import { currentScope, type Scope } from './scope.ts';
import { formatShape, type Shape, sizeOf } from './shape.ts';
import type { Storage } from './storage.ts';

interface Holding {
  readonly storage: Storage;
  readonly node: GradNode | undefined;
}

// A safety net for tensors that user code drops outside any scope; it runs after a macrotask at the earliest.
let registry: FinalizationRegistry<Holding> | undefined;

function letGo({ storage, node }: Holding): void {
  storage.release();
  if (node !== undefined) releaseNode(node);
}

/**
 * An immutable n-dimensional array on a backend. Made by {@link tensor} and by ops, never by `new`.
 *
 * A tensor owns memory until `dispose()`, the end of its scope, or garbage collection.
 *
 * @example
 * ```ts
 * import { mul, type Tensor, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x: Tensor = tensor([[1, 2], [3, 4]]);
 * const doubled = mul(x, 2);
 * console.log(doubled.shape, doubled.dtype, await doubled.data()); // => [ 2, 2 ] float32 Float32Array(4) [ 2, 4, 6, 8 ]
 * x.dispose();
 * doubled.dispose();
 * ```
 */
export class Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** @internal */
  readonly storage: Storage;
  /** @internal The graph node that made this tensor and which of its outputs it is. */
  readonly node: GradNode | undefined;
  /** @internal */
  readonly output: number;
  /** @internal */
  scope: Scope | undefined;
  /** @internal The name of the parameter whose value this is or was. */
  parameter: string | undefined;
  #disposed = false;
  /** What garbage collection watches: held by this tensor alone. */
  #guard: object | undefined;

  /** @internal Takes over one reference of `storage`, and the guard if there is one, and adds a reference to `node`. */
  constructor(storage: Storage, shape: Shape, dtype: DType, node?: GradNode, output = 0, guard?: object) {
    this.storage = storage;
    this.shape = shape;
    this.dtype = dtype;
    this.node = node;
    this.output = output;
    if (node !== undefined) node.references += 1;
    noteTensor(this);
    this.#guard = guard;
    const scope = guard === undefined ? currentScope() : undefined;
    if (scope !== undefined) scope.adopt(this);
    else this.guard();
  }

  /** The backend that holds the contents. */
  get backend(): Backend {
    return this.storage.backend;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** True when a gradient with respect to this tensor, or to what it was computed from, can be asked for. */
  get requiresGrad(): boolean {
    return this.node !== undefined;
  }

  /** True after `dispose()`. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** @internal What kernels see. */
  view(where: string): View {
    this.assertLive(where);
    return { handle: this.storage.handle, shape: this.shape, dtype: this.dtype };
  }

  /** @internal */
  assertLive(where: string): void {
    if (!this.#disposed) return;
    const { parameter } = this;
    const creation = creationOf(this);
    const [rule, fix] =
      parameter === undefined
        ? [
            'A tensor is used before its dispose and inside the tidy or scope that owns it.',
            'Return it from tidy, or keep it with scope.keep(tensor); debugMemory(true) tells where it was made.',
          ]
        : [
            `It was the value of parameter ${parameter}, valid until that is assigned, stepped by an optimizer or disposed.`,
            'Take parameter.value again; what stays is stopGradient(parameter.value), taken before.',
          ];
    throw new DisposedError(
      where,
      `tensor ${this.dtype} ${formatShape(this.shape)} was disposed.`,
      rule,
      creation === undefined ? fix : `It was made ${creation}`,
    );
  }

  /** @internal Lets garbage collection free what this tensor holds. */
  guard(): void {
    if (this.#disposed || this.#guard !== undefined) return;
    this.#guard = {};
    registry ??= new FinalizationRegistry((holding) => {
      noteCollected();
      letGo(holding);
    });
    registry.register(this.#guard, { storage: this.storage, node: this.node }, this.#guard);
  }

  /** @internal Returns a handle in the place of this one, which counts as disposed: cheaper than to dispose it and make another. */
  renew(): Tensor {
    const next = new Tensor(this.storage.retain(), this.shape, this.dtype, this.node, this.output, this.#guard);
    next.parameter = this.parameter;
    this.#guard = undefined;
    this.dispose();
    return next;
  }

  /**
   * Resolves to a copy of the contents, row-major.
   *
   * @throws DisposedError, or the backend's error when the work that makes the contents failed
   */
  async data(): Promise<TypedArray> {
    return this.backend.read(this.view('data'));
  }

  /**
   * Returns a copy of the contents at once, finishing queued work on the calling thread.
   *
   * @throws SyncReadError when the backend can only read asynchronously
   */
  dataSync(): TypedArray {
    const view = this.view('dataSync');
    if (this.backend.readSync !== undefined) return this.backend.readSync(view);
    throw new SyncReadError(
      'dataSync',
      `backend ${this.backend.name} reads asynchronously.`,
      'Its results are not on the calling thread.',
      'Write: await tensor.data().',
    );
  }

  /**
   * Resolves to the only element.
   *
   * @throws ShapeError when there is not exactly one
   */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ShapeError(
        'item',
        `tensor is ${formatShape(this.shape)}.`,
        'item takes a tensor of one element.',
        'Reduce it first, for example with mean(x), or read all with data().',
      );
    }
    return (await this.data())[0] ?? Number.NaN;
  }

  /** Resolves to the contents as nested arrays, a number for a scalar. */
  async array(): Promise<NestedNumbers> {
    const data = await this.data();
    const build = (axis: number, offset: number, size: number): NestedNumbers => {
      const length = this.shape[axis];
      if (length === undefined) return data[offset] ?? Number.NaN;
      const step = length === 0 ? 0 : size / length;
      return Array.from({ length }, (_, i) => build(axis + 1, offset + i * step, step));
    };
    return build(0, 0, this.size);
  }

  /** Gives the memory back now. Doing it twice is harmless. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.scope = undefined;
    if (this.#guard !== undefined) registry?.unregister(this.#guard);
    forgetTensor(this);
    letGo(this);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Returns `tensor float32 [2, 3]` and, where the backend can read at once, the values in rows and columns. */
  toString(): string {
    const header = formatHeader(this.dtype, this.shape);
    if (this.#disposed) return `${header} (disposed)`;
    if (this.backend.readSync === undefined) return `${header} on ${this.backend.name}`;
    return formatTensor(this.dtype, this.shape, this.dataSync());
  }
}

// What Node's console.log prints; a plain assignment, because declaration files can't name a registered symbol.
Object.defineProperty(Tensor.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: Tensor): string {
    return this.toString();
  },
});
