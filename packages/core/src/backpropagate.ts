import { GradientError } from './errors.ts';
import { tidy } from './scope.ts';
import { type Edge, type GradNode, op, releaseNode, withRecording } from './tape.ts';
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
  const incoming = new Map<GradNode, (Tensor | undefined)[]>();
  const accumulate = ({ node, output }: Edge, gradient: Tensor): void => {
    const sums = incoming.get(node) ?? [];
    incoming.set(node, sums);
    const sum = sums[output];
    sums[output] = sum === undefined ? gradient : addGradients(sum, gradient);
  };
  const nodes = reachable(roots.map(({ tensor }) => tensor.node));
  const wanted = new Set(targets.map((target) => target.node));
  const needed = new Set<GradNode>();
  for (const node of nodes) {
    if (wanted.has(node) || node.edges.some((edge) => edge !== undefined && needed.has(edge.node))) needed.add(node);
  }
  const found = new Map<GradNode, readonly (Tensor | undefined)[]>();
  const spent: GradNode[] = [];
  withRecording(createGraph, () => {
    for (const { tensor, gradient } of roots) {
      if (tensor.node !== undefined) accumulate({ node: tensor.node, output: tensor.output }, alias(gradient));
    }
    for (const node of nodes.reverse()) {
      const dys = incoming.get(node);
      if (dys === undefined || !needed.has(node)) continue;
      const needs = node.edges.map((edge) => edge !== undefined && needed.has(edge.node));
      if (node.backward !== undefined && needs.includes(true)) {
        const { edges } = node;
        const inputGradients = tidy(() => node.backward?.(dys, needs, createGraph) ?? []);
        const taken = new Set<Tensor | undefined>(dys);
        inputGradients.forEach((gradient, i) => {
          const edge = edges[i];
          if (gradient === undefined || edge === undefined || needs[i] !== true) return;
          accumulate(edge, taken.has(gradient) ? alias(gradient) : gradient);
          taken.add(gradient);
        });
        if (!retainGraph) {
          node.releaseSaved();
          spent.push(node);
        }
      }
      if (wanted.has(node)) found.set(node, dys);
      else for (const dy of dys) dy?.dispose();
      incoming.delete(node);
    }
  });
  // Only now: a node that nothing but its consumer holds must stay whole until the walk has passed it.
  for (const node of spent) for (const edge of node.cut()) if (edge !== undefined) releaseNode(edge.node);
  return targets.map((target) => target.node && found.get(target.node)?.[target.output]);
}

/** Nodes reachable from `starts` in order of creation. */
function reachable(starts: readonly (GradNode | undefined)[]): GradNode[] {
  const seen = new Set<GradNode>();
  const work = starts.filter((node) => node !== undefined);
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.backward !== undefined && !node.usable) {
      throw new GradientError(
        'grad',
        `the graph of ${node.name} was already used and released.`,
        'A graph gives gradients once.',
        'Ask for all gradients in one call, or pass { retainGraph: true } to the earlier ones.',
      );
    }
    for (const edge of node.edges) if (edge !== undefined) work.push(edge.node);
  }
  return [...seen].sort((a, b) => a.id - b.id);
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
