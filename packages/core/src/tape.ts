import type { Backend, Kernels, View } from './backend/types.ts';
import type { DType } from './dtype.ts';
import { BackendMismatchError, GradientError } from './errors.ts';
import { refusePromise } from './scope.ts';
import type { Shape } from './shape.ts';
import { type Storage, storageOf } from './storage.ts';
import { Tensor } from './tensor.ts';

/** One output of a graph node, as seen by the node that consumed it. */
export interface Edge {
  readonly node: GradNode;
  readonly output: number;
}

/** The gradients of a node's inputs from those of its outputs; `undefined` stands for zeros. */
export type Backward = (
  gradients: readonly (Tensor | undefined)[],
  needs: readonly boolean[],
  createGraph: boolean,
) => readonly (Tensor | undefined)[];

let nextId = 0;

/** A step of the recorded computation. Leaves (what gradients are asked for) have no inputs. */
export class GradNode {
  /** Grows with every node, so descending ids are a topological order for the backward walk. */
  readonly id: number;
  readonly name: string;
  /** Tensors made by this node plus nodes that consumed them. */
  references = 0;
  edges: readonly (Edge | undefined)[];
  readonly backward: Backward | undefined;
  #release: (() => void) | undefined;

  /** Adds a reference to every input's node; `release` frees what was saved for `backward`. */
  constructor(name: string, inputs: readonly Tensor[], backward?: Backward, release?: () => void) {
    this.id = nextId++;
    this.name = name;
    this.edges = inputs.map((input) => input.node && { node: input.node, output: input.output });
    for (const edge of this.edges) if (edge !== undefined) edge.node.references += 1;
    this.backward = backward;
    this.#release = release;
  }

  /** True until what `backward` needs was released. */
  get usable(): boolean {
    return this.#release !== undefined;
  }

  /** Releases what was saved for `backward`. */
  releaseSaved(): void {
    this.#release?.();
    this.#release = undefined;
  }

  /** Lets go of the inputs' nodes and returns them. */
  cut(): readonly (Edge | undefined)[] {
    const { edges } = this;
    this.edges = [];
    return edges;
  }
}

/** Takes a reference from `node`; a node without references is dropped, and so on along its inputs (without recursion). */
export function releaseNode(node: GradNode): void {
  node.references -= 1;
  if (node.references === 0) dropNodes([node]);
}

function dropNodes(work: GradNode[]): void {
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    node.releaseSaved();
    for (const edge of node.cut()) {
      if (edge === undefined) continue;
      edge.node.references -= 1;
      if (edge.node.references === 0) work.push(edge.node);
    }
  }
}

let recording = true;

/** @internal Runs `body` with recording switched on or off. */
export function withRecording<T>(on: boolean, body: () => T): T {
  const outer = recording;
  recording = on;
  try {
    return body();
  } finally {
    recording = outer;
  }
}

/**
 * Returns true when ops record what a gradient would need.
 *
 * @example
 * ```ts
 * import { isRecording, noGrad } from '@lstm/core';
 *
 * console.log(isRecording(), noGrad(isRecording)); // => true false
 * ```
 */
export function isRecording(): boolean {
  return recording;
}

/**
 * Returns what `body` returns, computed without recording: nothing is kept for gradients.
 *
 * @throws ScopeError when `body` returns a promise
 *
 * @example
 * ```ts
 * import { mul, noGrad, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x = tensor([1, 2], { requiresGrad: true });
 * console.log(mul(x, 2).requiresGrad, noGrad(() => mul(x, 2)).requiresGrad); // => true false
 * ```
 */
export function noGrad<T>(body: () => T): T {
  return refusePromise('noGrad', withRecording(false, body));
}

/** Holds tensors of an op for its gradient. */
export interface Saved {
  /** Input number `index`; the op must list it in `keep.inputs`. */
  input(index: number): Tensor;
  /** Output number `index` (default 0); the op must set `keep.outputs`. */
  output(index?: number): Tensor;
}

/** Which tensors an op keeps for its gradients; nothing by default. */
export interface Keep {
  readonly inputs?: readonly number[];
  readonly outputs?: boolean;
}

/** An op with one output. `gradients` has one function per input; `undefined` means not differentiable. */
export interface OpSpec<In extends readonly Tensor[]> {
  readonly name: string;
  readonly inputs: In;
  readonly keep?: Keep;
  /** Calls one kernel; or returns an input's view with another shape, which then shares its storage. */
  readonly forward: (kernels: Kernels, ...views: { [K in keyof In]: View }) => View;
  readonly gradients: { readonly [K in keyof In]: ((dy: Tensor, saved: Saved) => Tensor) | undefined };
}

/** An op with several outputs; missing output gradients arrive as zeros. */
export interface MultiOpSpec<In extends readonly Tensor[]> {
  readonly name: string;
  readonly inputs: In;
  readonly keep?: Keep;
  readonly forward: (kernels: Kernels, ...views: { [K in keyof In]: View }) => readonly View[];
  readonly gradients: { readonly [K in keyof In]: ((dys: readonly Tensor[], saved: Saved) => Tensor) | undefined };
}

/**
 * Returns the one backend of `inputs`.
 *
 * @throws {@link BackendMismatchError} when they live on two, DisposedError when one was disposed
 */
export function commonBackend(where: string, inputs: readonly Tensor[]): Backend {
  const backend = inputs[0]?.backend;
  if (backend === undefined)
    throw new BackendMismatchError(where, 'no input was given.', 'The backend is that of the inputs.');
  for (const input of inputs) {
    input.assertLive(where);
    if (input.backend === backend) continue;
    throw new BackendMismatchError(
      where,
      `inputs live on two backends, ${backend.name} and ${input.backend.name}.`,
      'All inputs of an op live on one backend.',
      `Move one: tensor(await x.data(), { shape: x.shape, backend }).`,
    );
  }
  return backend;
}

/** What an output holds before it is a tensor; whoever makes the tensor takes over one reference of the storage. */
export interface Contents {
  readonly storage: Storage;
  readonly shape: Shape;
  readonly dtype: DType;
}

function tensorOf({ storage, shape, dtype }: Contents): Tensor {
  return new Tensor(storage, shape, dtype);
}

/** What a node holds of its inputs and outputs until it is released. */
class KeptTensors implements Saved {
  readonly #name: string;
  readonly #inputs: (Contents | undefined)[] = [];
  readonly #outputs: readonly Contents[];
  /** Set right after the node is made. */
  node: GradNode | undefined;

  constructor(name: string, inputs: readonly Contents[], outputs: readonly Contents[], keep: Keep) {
    this.#name = name;
    for (const i of keep.inputs ?? []) {
      // Not the tensor itself: one that nobody else holds is collected.
      const { storage, shape, dtype } = inputs[i] as Contents;
      this.#inputs[i] = { storage, shape, dtype };
    }
    this.#outputs = keep.outputs === true ? outputs : [];
    for (const kept of this.#inputs) kept?.storage.retain();
    for (const kept of this.#outputs) kept.storage.retain();
  }

  input(index: number): Tensor {
    return this.#restore(this.#inputs[index], `input ${index}`, this.node?.edges[index]);
  }

  output(index = 0): Tensor {
    return this.#restore(this.#outputs[index], `output ${index}`, this.node && { node: this.node, output: index });
  }

  #restore(kept: Contents | undefined, what: string, edge: Edge | undefined): Tensor {
    if (kept === undefined) {
      const fact = `its gradient asks for ${what}, which was not kept.`;
      throw new GradientError(this.#name, fact, 'List it in keep.', '');
    }
    return new Tensor(kept.storage.retain(), kept.shape, kept.dtype, edge?.node, edge?.output);
  }

  release(): void {
    for (const kept of this.#inputs) kept?.storage.release();
    for (const kept of this.#outputs) kept.storage.release();
  }
}

/** @internal Makes tensors of the graph of `outputs`, connected to a new node. */
export function record(
  name: string,
  inputs: readonly Tensor[],
  outputs: readonly Contents[],
  keep: Keep,
  backward: (saved: Saved, ...rest: Parameters<Backward>) => ReturnType<Backward>,
  release?: () => void,
): Tensor[] {
  const saved = new KeptTensors(name, inputs, outputs, keep);
  const node = new GradNode(
    name,
    inputs,
    (gradients, needs, createGraph) => backward(saved, gradients, needs, createGraph),
    () => {
      saved.release();
      release?.();
    },
  );
  saved.node = node;
  return outputs.map(({ storage, shape, dtype }, i) => new Tensor(storage, shape, dtype, node, i));
}

/** Whether a gradient may be asked for of an op with these gradients. */
function isRecorded(inputs: readonly Tensor[], gradients: readonly unknown[]): boolean {
  if (!recording) return false;
  return inputs.some((input, i) => input.requiresGrad && gradients[i] !== undefined);
}

/** What a kernel has made for an op; an input's handle shares the input's storage. */
function contentsOf(backend: Backend, view: View, inputs: readonly Tensor[]): Contents {
  for (const { storage } of inputs) {
    if (storage.handle === view.handle) return { storage: storage.retain(), shape: view.shape, dtype: view.dtype };
  }
  return { storage: storageOf(backend, view, []), shape: view.shape, dtype: view.dtype };
}

/**
 * Runs an op with several outputs and records it when a gradient may be asked for.
 *
 * @example
 * ```ts
 * import { add, grad, multiOp, mul, sum, tensor, useBackend, type Tensor } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * // Returns x² and 2x.
 * function squareAndDouble(x: Tensor): readonly Tensor[] {
 *   return multiOp({
 *     name: 'squareAndDouble',
 *     inputs: [x],
 *     keep: { inputs: [0] },
 *     forward: (kernels, view) => [kernels.binary('mul', view, view), kernels.binary('add', view, view)],
 *     gradients: [([dy, dz], saved) => mul(2, add(mul(dy as Tensor, saved.input(0)), dz as Tensor))],
 *   });
 * }
 * const x = tensor([1, 3], { requiresGrad: true });
 * const [square, double] = squareAndDouble(x) as [Tensor, Tensor];
 * console.log(await square.array(), await double.array()); // => [ 1, 9 ] [ 2, 6 ]
 * const [slope] = grad(sum(add(square, double)), [x]);
 * console.log(await slope.array()); // => [ 4, 8 ]
 * ```
 */
export function multiOp<const In extends readonly Tensor[]>(spec: MultiOpSpec<In>): Tensor[] {
  const { name, inputs } = spec;
  const gradientsOf: readonly (((dys: readonly Tensor[], saved: Saved) => Tensor) | undefined)[] = spec.gradients;
  const backend = commonBackend(name, inputs);
  const inputViews = inputs.map((input) => input.view(name)) as { [K in keyof In]: View };
  const views = spec.forward(backend.kernels, ...inputViews);
  const outputs = views.map((view) => contentsOf(backend, view, inputs));
  if (!isRecorded(inputs, gradientsOf)) return outputs.map(tensorOf);
  return record(name, inputs, outputs, spec.keep ?? {}, (saved, gradients, needs) => {
    const dys = views.map((view, i) => gradients[i] ?? zerosOf(backend, view));
    return gradientsOf.map((gradient, i) => (needs[i] === true ? gradient?.(dys, saved) : undefined));
  });
}

/**
 * Runs an op and records it when a gradient may be asked for. This is all a new op needs.
 *
 * @example
 * ```ts
 * import { mul, op, tensor, useBackend, valueAndGrad, type Tensor } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * function square(x: Tensor): Tensor {
 *   return op({
 *     name: 'square',
 *     inputs: [x],
 *     keep: { inputs: [0] },
 *     forward: (kernels, view) => kernels.binary('mul', view, view),
 *     gradients: [(dy, saved) => mul(dy, mul(2, saved.input(0)))], // d(x²) = 2x dx
 *   });
 * }
 * const { value, gradients } = valueAndGrad(square, [tensor(3)]);
 * console.log(await value.item(), await gradients[0].item()); // => 9 6
 * ```
 */
export function op<const In extends readonly Tensor[]>(spec: OpSpec<In>): Tensor {
  const { name, inputs } = spec;
  const gradientsOf: readonly (((dy: Tensor, saved: Saved) => Tensor) | undefined)[] = spec.gradients;
  const backend = commonBackend(name, inputs);
  const inputViews = inputs.map((input) => input.view(name)) as { [K in keyof In]: View };
  const output = contentsOf(backend, spec.forward(backend.kernels, ...inputViews), inputs);
  if (!isRecorded(inputs, gradientsOf)) return tensorOf(output);
  // A node is walked only when a gradient of its output came.
  const [tensor] = record(name, inputs, [output], spec.keep ?? {}, (saved, [dy], needs) =>
    gradientsOf.map((gradient, i) => (needs[i] === true ? gradient?.(dy as Tensor, saved) : undefined)),
  );
  return tensor as Tensor;
}

function zerosOf(backend: Backend, { shape, dtype }: View): Tensor {
  const view = backend.kernels.fill(shape, 0, dtype);
  return new Tensor(storageOf(backend, view, []), view.shape, view.dtype);
}
