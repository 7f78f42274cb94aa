import { GradientError } from './errors.ts';
import { type GradNode, releaseNode } from './graph.ts';
import { currentScope, refusePromise, releaseFromScope, Scope } from './scope.ts';
import { op, withRecording } from './tape.ts';
import { Tensor } from './tensor.ts';

/** How a backward walk treats the graph. */
export interface BackpropagateOptions {
  /** Record the walk itself, so that gradients of gradients can be asked for. */
  readonly createGraph: boolean;
  /** Keep what was saved, so that the walk can be repeated. */
  readonly retainGraph: boolean;
}

/** A node on the walk. Walks may be inside one another, so a node itself holds nothing of them. */
interface Visit {
  readonly node: GradNode;
  /** Of the nodes that the node's inputs came from. */
  inputs: readonly (Visit | undefined)[];
  readonly wanted: boolean;
  /** Whether a path leads on to a target. */
  needed: boolean;
  /** Of the node's outputs, summed over their consumers so far. */
  readonly gradients: (Tensor | undefined)[];
}

/**
 * @internal Walks the graph back from `roots` with the given output gradients; returns the gradient of each target, or
 * `undefined` where no path leads to it. Must run inside `tidy`.
 */
export function backpropagate(
  roots: readonly { readonly tensor: Tensor; readonly gradient: Tensor }[],
  targets: readonly Tensor[],
  { createGraph, retainGraph }: BackpropagateOptions,
): (Tensor | undefined)[] {
  const visits = new Map<GradNode, Visit>();
  const order = visitNodes(roots, targets, visits);
  const spent: GradNode[] = [];
  const [outer, scratch] = [currentScope(), new Scope()];

  const passOn = ({ node, inputs, gradients }: Visit): void => {
    const { edges } = node;
    const needs = inputs.map((input) => input?.needed === true);
    if (node.backward === undefined || !needs.includes(true)) return;
    const found = scratch.enter(() => node.backward?.(node, gradients, needs, createGraph));
    if (!Array.isArray(found)) throw noList(node, found);
    const given: readonly (Tensor | undefined)[] = found;
    // The walk owns what was made for it, once; anything else gets a handle of its own.
    const own = given.map((gradient, i) => {
      if (gradient === undefined || needs[i] !== true) return undefined;
      return gradient.scope === scratch && given.indexOf(gradient) === i ? gradient : alias(gradient);
    });
    for (const [i, gradient] of own.entries()) {
      const [edge, input] = [edges[i], inputs[i]];
      if (gradient === undefined || edge === undefined || input === undefined) continue;
      if (gradient.scope === scratch) releaseFromScope(gradient, outer);
      accumulate(input, edge.output, gradient);
    }
    scratch.clear();
    if (retainGraph) return;
    node.releaseSaved();
    spent.push(node);
  };

  try {
    withRecording(createGraph, () => {
      for (const { tensor, gradient } of roots) {
        const visit = tensor.node && visits.get(tensor.node);
        if (visit !== undefined) accumulate(visit, tensor.output, alias(gradient));
      }
      for (const visit of order.reverse()) {
        if (!visit.needed || visit.gradients.length === 0) continue;
        passOn(visit);
        if (!visit.wanted) for (const dy of visit.gradients) dy?.dispose();
      }
    });
  } finally {
    scratch.dispose();
  }
  // Only now: a node that nothing but its consumer holds must stay whole until the walk has passed it.
  for (const node of spent) for (const edge of node.cut()) if (edge !== undefined) releaseNode(edge.node);
  return targets.map(({ node, output }) => node && visits.get(node)?.gradients[output]);
}

function noList({ name }: GradNode, found: unknown): Error {
  refusePromise(name, found);
  const rule = 'A gradient function of several inputs returns a list: a tensor or undefined for each.';
  return new GradientError(
    name,
    'its gradient is no list.',
    rule,
    'Write for example backward: ([dy]) => [mul(dy, 2)].',
  );
}

function accumulate({ gradients }: Visit, output: number, gradient: Tensor): void {
  const sum = gradients[output];
  gradients[output] = sum === undefined ? gradient : addGradients(sum, gradient);
}

/** Enters the nodes that `roots` were computed from into `visits`; returns them in order of creation. */
function visitNodes(
  roots: readonly { readonly tensor: Tensor }[],
  targets: readonly Tensor[],
  visits: Map<GradNode, Visit>,
): Visit[] {
  const wanted = new Set(targets.map(({ node }) => node));
  const work = roots.map(({ tensor }) => tensor.node);
  while (work.length > 0) {
    const node = work.pop();
    if (node === undefined || visits.has(node)) continue;
    if (node.backward !== undefined && !node.usable) {
      throw new GradientError(
        'grad',
        `the graph of ${node.name} was already used and released.`,
        'A graph gives gradients once.',
        'Ask for all gradients in one call, or pass { retainGraph: true } to the earlier ones.',
      );
    }
    visits.set(node, { node, inputs: [], wanted: wanted.has(node), needed: false, gradients: [] });
    for (const edge of node.edges) work.push(edge?.node);
  }
  const order = [...visits.values()].sort((a, b) => a.node.id - b.node.id);
  for (const visit of order) {
    visit.inputs = visit.node.edges.map((edge) => edge && visits.get(edge.node));
    visit.needed = visit.wanted || visit.inputs.some((input) => input?.needed === true);
  }
  return order;
}

/** @internal A second handle on the same contents and graph position. */
export function alias(x: Tensor): Tensor {
  x.assertLive('alias');
  return new Tensor(x.storage.retain(), x.shape, x.dtype, x.node, x.output);
}

function addGradients(a: Tensor, b: Tensor): Tensor {
  const pass = (dy: Tensor): Tensor => dy;
  const sum = op({
    name: 'add',
    inputs: [a, b],
    forward: (kernels, left, right) => kernels.binary('add', left, right),
    gradients: [pass, pass],
  });
  a.dispose();
  b.dispose();
  return sum;
}
