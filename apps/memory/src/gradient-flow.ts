import { grad, mul, slice, sqrt, square, sum, type Tensor, tensor, tidy } from '@lstm/core';
import type { Learner } from './learner.ts';
import type { Problem } from './problems.ts';

/** How much the loss depends on the states after each step: root mean squares over samples of norms of gradients. */
export interface GradientFlow {
  /** ‖∂L/∂h_t‖ for t = 1 … T. */
  readonly h: readonly number[];
  /** ‖∂L/∂c_t‖; absent where the layer has no cell state. */
  readonly c: readonly number[] | undefined;
}

/** What gradients are asked for. */
export interface FlowOptions {
  readonly time: number;
  /** Default 64. */
  readonly samples?: number;
}

/**
 * Resolves to the gradients of a sample's loss with respect to the states that the layer has after each step. The layer is led
 * through time one step at a time, so that every state between two steps is a tensor of its own that a gradient can be asked for.
 */
export async function gradientFlow(
  { recurrent, head }: Pick<Learner, 'recurrent' | 'head'>,
  problem: Problem,
  { time, samples = 64 }: FlowOptions,
): Promise<GradientFlow> {
  const { x, y } = problem.samples(samples, time, 2_000_000);
  const norms = tidy(() => {
    const input = tensor(x);
    const path: (readonly Tensor[])[] = [];
    for (let t = 0; t < time; t++) {
      const now = slice(input, [0, t, 0], [samples, 1, problem.features]);
      const initialState = path.at(-1);
      const [, ...states] = recurrent.callAll(now, initialState && { initialState });
      path.push(states);
    }
    const answers = head.call(path.at(-1)?.[0] as Tensor);
    // The loss is a mean over samples; their sum gives each sample the gradient of its own loss.
    const gradients = grad(mul(problem.loss(answers, tensor(y)), samples), path.flat());
    return gradients.map((gradient) => sqrt(mul(sum(square(gradient)), 1 / samples)));
  });
  const values = await Promise.all(norms.map((norm) => norm.item()));
  for (const norm of norms) norm.dispose();
  const width = recurrent.knownOutputShapes.length - 1;
  return {
    h: values.filter((_, i) => i % width === 0),
    c: width === 2 ? values.filter((_, i) => i % width === 1) : undefined,
  };
}
