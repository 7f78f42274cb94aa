import { GradientError } from './errors.ts';
import { type Edge, type GradNode, releaseNode, type Visit } from './graph.ts';
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

/**
 * @internal Walks the graph back from `roots` with the given output gradients; returns the gradient of each target, or
 * `undefined` where no path leads to it. Must run inside `tidy`.
 */
export function backpropagate(
  roots: readonly { readonly tensor: Tensor; readonly gradient: Tensor }[],
  targets: readonly Tensor[],
  { createGraph, retainGraph }: BackpropagateOptions,
): (Tensor | undefined)[] {
  const walk = {};
  const order = visitNodes(walk, roots, targets);
  const spent: GradNode[] = [];
  let found: (Tensor | undefined)[];
  const [outer, scratch] = [currentScope(), new Scope()];

  const passOn = ({ node, gradients }: Visit): void => {
    const { edges } = node;
    const needs = edges.map(isNeeded);
    if (node.backward === undefined || !needs.includes(true)) return;
    const result: unknown = scratch.enter(() => node.backward?.(node, gradients, needs, createGraph));
    if (!Array.isArray(result)) throw noList(node, result);
    const given: readonly (Tensor | undefined)[] = result;
    for (let i = 0; i < edges.length; i++) {
      const [edge, gradient] = [edges[i], given[i]];
      if (edge?.node.visit === undefined || gradient === undefined || needs[i] !== true) continue;
      // The walk owns what was made for it, once; anything else gets a handle of its own.
      const owned = gradient.scope === scratch && given.lastIndexOf(gradient) === i;
      if (owned) releaseFromScope(gradient, outer);
      accumulate(edge.node.visit, edge.output, owned ? gradient : alias(gradient));
    }
    scratch.clear();
    if (retainGraph) return;
    node.releaseSaved();
    spent.push(node);
  };

  try {
    for (const { node } of order) expectUsable(node);
    withRecording(createGraph, () => {
      for (const { tensor, gradient } of roots) {
        if (tensor.node?.visit !== undefined) accumulate(tensor.node.visit, tensor.output, alias(gradient));
      }
      for (let i = order.length - 1; i >= 0; i--) {
        const visit = order[i] as Visit;
        if (!visit.needed || !visit.gradients.some(isPresent)) continue;
        passOn(visit);
        if (!visit.wanted) for (const dy of visit.gradients) dy?.dispose();
      }
    });
    found = targets.map(({ node, output }) => (node?.visit?.walk === walk ? node.visit.gradients[output] : undefined));
  } finally {
    scratch.dispose();
    for (const { node, outer } of order) node.visit = outer;
  }
  // Only now: a node that nothing but its consumer holds must stay whole until the walk has passed it.
  for (const node of spent) for (const edge of node.cut()) if (edge !== undefined) releaseNode(edge.node);
  return found;
}

function isPresent(gradient: Tensor | undefined): boolean {
  return gradient !== undefined;
}

function isNeeded(edge: Edge | undefined): boolean {
  return edge?.node.visit?.needed === true;
}

function expectUsable(node: GradNode): void {
  if (node.backward === undefined || node.usable) return;
  throw new GradientError(
    'grad',
    `the graph of ${node.name} was already used and released.`,
    'A graph gives gradients once.',
    'Ask for all gradients in one call, or pass { retainGraph: true } to the earlier ones.',
  );
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

/** Begins a visit of each node that `roots` were computed from; returns the visits in order of the nodes' creation. */
function visitNodes(walk: object, roots: readonly { readonly tensor: Tensor }[], targets: readonly Tensor[]): Visit[] {
  const order: Visit[] = [];
  const work = roots.map(({ tensor }) => tensor.node);
  while (work.length > 0) {
    const node = work.pop();
    if (node === undefined || node.visit?.walk === walk) continue;
    const visit = { walk, node, outer: node.visit, wanted: false, needed: false, gradients: [undefined] };
    order.push(visit);
    node.visit = visit;
    for (const edge of node.edges) work.push(edge?.node);
  }
  for (const { node } of targets) if (node?.visit?.walk === walk) node.visit.wanted = true;
  order.sort((a, b) => a.node.id - b.node.id);
  for (const visit of order) visit.needed = visit.wanted || visit.node.edges.some(isNeeded);
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
