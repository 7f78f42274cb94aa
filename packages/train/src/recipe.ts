import { type Loss, OptionError } from '@lstm/core';
import type { Network } from '@lstm/layers';
import type { Optimizer } from '@lstm/optim';
import type { Metric, PerOutput } from './metrics.ts';
import type { TrainerOptions } from './trainer.ts';

/** Names of the options of a trainer. */
export const recipeOptions: readonly (keyof TrainerOptions)[] = ['optimizer', 'loss', 'lossWeights', 'metrics'];

/** Options of other libraries for a trainer, and what does it here. */
export const recipeHints: Readonly<Record<string, string>> = {
  weightedMetrics: 'Write metrics: [weighted(accuracy())], with weighted and accuracy of @lstm/train.',
};

/** A network with everything that trains it. */
export interface Training extends TrainerOptions {
  readonly network: Network;
  readonly metrics: PerOutput<Metric>;
}

/** How a network of so many outputs is trained. */
export interface Recipe {
  readonly network: Network;
  readonly optimizer: Optimizer;
  /** One for each output of the network. */
  readonly losses: readonly Loss[];
  readonly lossWeights: readonly number[];
  /** A list for each output of the network. */
  readonly metrics: readonly (readonly Metric[])[];
}

/** Whether there is a list for each output. */
export function areLists<Each>(metrics: PerOutput<Each>): metrics is readonly (readonly Each[])[] {
  return metrics.length > 0 && metrics.every((each) => Array.isArray(each));
}

/**
 * Returns the recipe for a number of outputs.
 *
 * @throws OptionError when a list of losses, of their weights or of lists of metrics has another length
 */
export function recipeFor({ network, optimizer, loss, lossWeights, metrics }: Training, outputs: number): Recipe {
  const losses = typeof loss === 'function' ? Array<Loss>(outputs).fill(loss) : loss;
  const weights = lossWeights ?? Array<number>(outputs).fill(1);
  const lists = areLists(metrics) ? metrics : Array<readonly Metric[]>(outputs).fill(metrics);
  for (const [name, list] of Object.entries({ loss: losses, lossWeights: weights, metrics: lists })) {
    if (list.length === outputs) continue;
    const rule = outputs === 1 ? 'There is one output.' : `There are ${outputs} outputs.`;
    throw new OptionError(
      'createTrainer',
      `${name} holds ${list.length} ${list.length === 1 ? 'entry' : 'entries'}.`,
      rule,
      'Give one for each.',
    );
  }
  return { network, optimizer, losses, lossWeights: weights, metrics: lists };
}
