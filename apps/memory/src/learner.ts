import { input, type Layer, model, type Network } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { type Callback, createTrainer, type Trainer } from '@lstm/train';
import type { Contender } from './contenders.ts';
import type { Problem, Samples } from './problems.ts';

/** What a run is made of, besides the layer and the problem. */
export interface RunOptions {
  readonly time: number;
  readonly seed: number;
  /** Default 64. */
  readonly units?: number;
  /** Default 0.002. */
  readonly learningRate?: number;
  /** Training steps after which to give up. Default that of the problem. */
  readonly limit?: number;
}

/** A network of one recurrent layer and a dense one. */
export interface Learner {
  readonly recurrent: Layer;
  readonly head: Layer;
  readonly network: Network;
  readonly trainer: Trainer;
}

/** Samples of a batch. */
const batchSize = 32;

/** Returns the samples that are looked at and never trained on. */
export function heldOut(problem: Problem, time: number): Samples {
  return problem.samples(500, time, 1_000_000);
}

/** Yields the batches of a run, which never repeat. */
export function* batchesOf(problem: Problem, { time, seed }: RunOptions): Generator<Samples, never> {
  for (let step = 0; ; step++) yield problem.samples(batchSize, time, seed, step);
}

/** Returns a network that answers a problem, and what trains it. */
export function createLearner(contender: Contender, problem: Problem, options: RunOptions): Learner {
  const { time, seed, units = 64, learningRate = 0.002 } = options;
  const recurrent = contender.make(time, units);
  const head = contender.makeHead(problem.outputs, units);
  const x = input({ shape: [time, problem.features] });
  const network = model({ inputs: x, outputs: head.apply(recurrent.apply(x)), seed });
  const { loss, metrics } = problem;
  const trainer = createTrainer(network, {
    optimizer: adam({ learningRate, epsilon: 1e-8, clipNorm: 1 }),
    loss,
    metrics,
  });
  return { recurrent, head, network, trainer };
}

/** Frees the memory of a learner. */
export function disposeLearner({ network, trainer }: Learner): void {
  network.dispose();
  trainer.optimizer.dispose();
}

/**
 * Trains on batches that never repeat, and looks at other samples from time to time; resolves to the training steps until the problem
 * was solved, `null` when it was not.
 */
export async function stepsToSolve(
  { trainer }: Learner,
  problem: Problem,
  options: RunOptions,
): Promise<number | null> {
  const { limit = problem.limit } = options;
  const { every } = problem;
  let solvedAfter: number | null = null;
  const untilSolved: Callback = {
    onEpochEnd(epoch, logs, control) {
      if (!problem.solved(logs)) return;
      solvedAfter = (epoch + 1) * every;
      control.stop();
    },
  };
  const { x, y } = heldOut(problem, options.time);
  await trainer.fit(
    { [Symbol.iterator]: () => batchesOf(problem, options) },
    {
      epochs: Math.ceil(limit / every),
      stepsPerEpoch: every,
      validationData: [x, y],
      callbacks: [untilSolved],
    },
  );
  return solvedAfter;
}
