import type { DType } from './dtype.ts';
import { GradientError } from './errors.ts';
import type { Shape } from './shape.ts';
import type { Storage } from './storage.ts';
import { Tensor } from './tensor.ts';

/** One output of a graph node, as seen by the node that consumed it. */
export interface Edge {
  readonly node: GradNode;
  readonly output: number;
}

/** The gradients of a node's inputs from those of its outputs; `undefined` stands for zeros. */
export type Backward = (
  saved: Saved,
  gradients: readonly (Tensor | undefined)[],
  needs: readonly boolean[],
  createGraph: boolean,
) => readonly (Tensor | undefined)[];

/** What an output holds before it is a tensor; whoever makes the tensor takes over one reference of the storage. */
export interface Contents {
  readonly storage: Storage;
  readonly shape: Shape;
  readonly dtype: DType;
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

/** A node on a backward walk. */
export interface Visit {
  /** Tells walks apart: one may run within another, when a gradient asks for gradients. */
  readonly walk: object;
  readonly node: GradNode;
  /** The node's visit of the walk around this one. */
  readonly outer: Visit | undefined;
  wanted: boolean;
  /** Whether a path leads on to a target. */
  needed: boolean;
  /** Of the node's outputs, summed over their consumers so far. */
  readonly gradients: (Tensor | undefined)[];
}

const nothing: readonly undefined[] = [];

let nextId = 0;

/** A step of the recorded computation. Leaves (what gradients are asked for) have no inputs. */
export class GradNode implements Saved {
  /** Grows with every node, so descending ids are a topological order for the backward walk. */
  readonly id: number = nextId++;
  readonly name: string;
  /** Tensors made by this node plus nodes that consumed them. */
  references = 0;
  edges: readonly (Edge | undefined)[];
  readonly backward: Backward | undefined;
  /** Of the walk that is going on. */
  visit: Visit | undefined;
  #inputs: readonly (Contents | undefined)[] = nothing;
  #outputs: readonly (Contents | undefined)[] = nothing;
  #release: (() => void) | undefined;
  #usable: boolean;

  /** Adds a reference to every input's node; `release` runs when what was saved for `backward` is let go. */
  constructor(name: string, inputs: readonly Tensor[], backward?: Backward, release?: () => void) {
    this.name = name;
    this.edges = inputs.map(edgeTo);
    this.backward = backward;
    this.#release = release;
    this.#usable = backward !== undefined;
  }

  /** Holds tensors for `backward`: the contents, not the tensors, so that one that nobody else holds is collected. */
  keep(keep: Keep, inputs: readonly Contents[], outputs: readonly Contents[]): void {
    if (keep.inputs !== undefined) {
      const kept = new Array<Contents | undefined>(inputs.length);
      for (const i of keep.inputs) {
        const { storage, shape, dtype } = inputs[i] as Contents;
        kept[i] = { storage: storage.retain(), shape, dtype };
      }
      this.#inputs = kept;
    }
    if (keep.outputs === true) {
      for (const { storage } of outputs) storage.retain();
      this.#outputs = outputs;
    }
  }

  input(index: number): Tensor {
    const edge = this.edges[index];
    return this.#restore(this.#inputs[index], 'input', index, edge?.node, edge?.output);
  }

  output(index = 0): Tensor {
    return this.#restore(this.#outputs[index], 'output', index, this, index);
  }

  #restore(kept: Contents | undefined, what: string, index: number, node: GradNode | undefined, output = 0): Tensor {
    if (kept === undefined) {
      const fact = `its gradient asks for ${what} ${index}, which was not kept.`;
      throw new GradientError(this.name, fact, 'An op keeps what its gradient reads.', 'List it in keep.');
    }
    return new Tensor(kept.storage.retain(), kept.shape, kept.dtype, node, output);
  }

  /** True until what `backward` needs was released. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Releases what was saved for `backward`. */
  releaseSaved(): void {
    if (!this.#usable) return;
    this.#usable = false;
    for (const kept of this.#inputs) kept?.storage.release();
    for (const kept of this.#outputs) kept?.storage.release();
    this.#inputs = nothing;
    this.#outputs = nothing;
    this.#release?.();
    this.#release = undefined;
  }

  /** Lets go of the inputs' nodes and returns them. */
  cut(): readonly (Edge | undefined)[] {
    const { edges } = this;
    this.edges = nothing;
    return edges;
  }
}

function edgeTo({ node, output }: Tensor): Edge | undefined {
  if (node === undefined) return undefined;
  node.references += 1;
  return { node, output };
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
