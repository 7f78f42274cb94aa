import { type ContenderName, contenders } from './contenders.ts';
import { type GradientFlow, gradientFlow } from './gradient-flow.ts';
import { createLearner, disposeLearner, type RunOptions, stepsToSolve } from './learner.ts';
import type { Problem } from './problems.ts';

/** What one layer did. */
export interface Told {
  readonly name: ContenderName;
  /** Training steps until the problem was solved, `null` where it was not within the limit. */
  readonly steps: number | null;
  /** Before the first training step. */
  readonly before: GradientFlow;
  /** After the last. */
  readonly after: GradientFlow;
}

/** What all layers did with a problem. */
export interface Story {
  readonly problem: Problem;
  readonly time: number;
  readonly limit: number;
  readonly layers: readonly Told[];
}

/** Trains every layer on a problem, with its gradients looked at before and after; `tell` hears of each. */
export async function tellStory(
  problem: Problem,
  options: RunOptions & { readonly limit: number },
  tell: (told: Told) => void = () => {},
): Promise<Story> {
  const { time, limit } = options;
  const layers: Told[] = [];
  for (const contender of contenders) {
    const learner = createLearner(contender, problem, options);
    const before = await gradientFlow(learner, problem, { time });
    const steps = await stepsToSolve(learner, problem, options);
    const told = { name: contender.name, steps, before, after: await gradientFlow(learner, problem, { time }) };
    disposeLearner(learner);
    tell(told);
    layers.push(told);
  }
  return { problem, time, limit, layers };
}
