import { type Loss, sparseCategoricalCrossentropy } from '@lstm/core';
import { dense, embedding, lstm, type Network, sequential } from '@lstm/layers';
import { adam, cosineSchedule } from '@lstm/optim';
import { createTrainer, type Trainer } from '@lstm/train';
import type { Reading } from './readers.ts';

/** Everything that a training follows from, besides its text. */
export interface Plan extends Reading {
  /** Units of each LSTM. */
  readonly units: number;
  /** Length of a character's vector. */
  readonly embedding: number;
  /** Training steps. */
  readonly trainingSteps: number;
  /** Steps after which the held-out text is measured and the training saved. */
  readonly stepsPerEpoch: number;
  /** Of Adam at the first step; it falls to 0 along a cosine. */
  readonly learningRate: number;
  /** Largest global norm of the gradients. */
  readonly clipNorm: number;
  readonly seed: number;
}

/** What the README's numbers are made with; the PyTorch script has the same. */
export const defaultPlan: Plan = {
  readers: 16,
  steps: 64,
  units: 128,
  embedding: 64,
  trainingSteps: 4000,
  stepsPerEpoch: 500,
  learningRate: 6e-3,
  clipNorm: 1,
  seed: 0,
};

/** The softmax is in the loss, which is stabler, and in the sampling, which divides by a temperature first. */
export const loss: Loss = (logits, characters, options) =>
  sparseCategoricalCrossentropy(logits, characters, { ...options, fromLogits: true });

/**
 * Returns a network that gives a logit for each character that may come next: tokens `[readers, steps]` to logits
 * `[readers, steps, vocabulary]`. Its LSTMs carry their states from batch to batch.
 */
function createNetwork(vocabulary: number, { embedding: size, units, seed }: Plan): Network {
  const layer = { units, returnSequences: true, stateful: true };
  return sequential(
    [
      embedding({ inputDim: vocabulary, outputDim: size, inputShape: [null], embeddingsInitializer: 'standardNormal' }),
      lstm(layer),
      lstm(layer),
      dense({ units: vocabulary }),
    ],
    { seed },
  );
}

/** Returns what trains the network. */
export function createModel(vocabulary: number, plan: Plan): Trainer {
  const learningRate = cosineSchedule({ learningRate: plan.learningRate, decaySteps: plan.trainingSteps });
  const optimizer = adam({ learningRate, clipNorm: plan.clipNorm });
  return createTrainer(createNetwork(vocabulary, plan), { optimizer, loss });
}
