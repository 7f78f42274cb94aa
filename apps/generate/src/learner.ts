import { characterTokenizer, type Tokenizer, type TokenizerConfig, tokenizerFromConfig } from '@lstm/data';
import { type Callback, type Dataset, loadTrainer, type StopReason, type StopSignal, type Trainer } from '@lstm/train';
import type { Corpus } from './corpus.ts';
import { createModel, loss, type Plan } from './model.ts';
import { readOnce, trainingBatch } from './readers.ts';

/** Bits per character at a step of the training. */
export interface Point {
  readonly step: number;
  /** Mean over the steps since the point before. */
  readonly train: number;
  readonly heldOut: number;
}

/** A network that learns a text, with everything that it takes to go on. */
export interface Learner {
  readonly model: Trainer;
  readonly tokenizer: Tokenizer;
  readonly plan: Plan;
  /** Name of the text. */
  readonly corpus: string;
  readonly curve: Point[];
}

/** What a file holds besides the network and the optimizer. */
interface Saved {
  readonly tokenizer: TokenizerConfig;
  readonly plan: Plan;
  readonly corpus: string;
  readonly curve: readonly Point[];
}

/** Options of {@link learn}. */
export interface LearnOptions {
  readonly callbacks?: readonly Callback[];
  /** Ends the training after the running step. */
  readonly signal?: StopSignal;
}

/** Returns a learner that knows nothing yet but the characters of its text. */
export function createLearner(corpus: Corpus, plan: Plan): Learner {
  const tokenizer = characterTokenizer([corpus.train]);
  return { model: createModel(tokenizer.vocabulary.length, plan), tokenizer, plan, corpus: corpus.name, curve: [] };
}

/** Resolves to a file of a learner, at any step of its training. */
export function saveLearner({ model, tokenizer, plan, corpus, curve }: Learner): Promise<Uint8Array> {
  const extra: Saved = { tokenizer: tokenizer.toConfig(), plan, corpus, curve };
  return model.save({ extra });
}

/**
 * Returns the learner of a file.
 *
 * @throws FormatError when the file is malformed
 */
export function loadLearner(bytes: Uint8Array): Learner {
  const { trainer, extra } = loadTrainer(bytes, { loss });
  const { tokenizer, plan, corpus, curve } = extra as Saved;
  return { model: trainer, tokenizer: tokenizerFromConfig(tokenizer), plan, corpus, curve: [...curve] };
}

/** Returns the tokens of a text. */
export function tokensOf(tokenizer: Tokenizer, text: string): Int32Array {
  return Int32Array.from(tokenizer.encode([text])[0] ?? []);
}

/** Resolves to the mean bits that the network takes for a character of a text that it reads once. */
export async function bitsOf({ model, plan }: Learner, tokens: Int32Array): Promise<number> {
  const restore = model.network.holdStates();
  try {
    return (await model.evaluate(readOnce(tokens, plan))).loss / Math.LN2;
  } finally {
    restore();
  }
}

/**
 * Trains up to the last step of the plan, from wherever the training is; resolves to why it ended. Batches follow from the number of
 * updates alone and the states are saved with the network, so a training that was stopped and goes on gives the same bits as one
 * that was not.
 */
export async function learn(learner: Learner, corpus: Corpus, options: LearnOptions = {}): Promise<StopReason> {
  const { model, tokenizer, plan, curve } = learner;
  const { optimizer } = model;
  const tokens = tokensOf(tokenizer, corpus.train);
  const { trainingSteps, stepsPerEpoch } = plan;
  if (optimizer.iterations >= trainingSteps) return 'finished';
  const rest: Dataset = {
    *[Symbol.iterator]() {
      do yield trainingBatch(tokens, plan, optimizer.iterations);
      while (optimizer.iterations % stepsPerEpoch !== 0 && optimizer.iterations < trainingSteps);
    },
  };
  const record: Callback = {
    onEpochEnd(_, logs) {
      const [train, heldOut] = [logs.loss, logs['valLoss'] as number].map((nats) => nats / Math.LN2);
      curve.push({ step: optimizer.iterations, train: train as number, heldOut: heldOut as number });
    },
  };
  const { reason } = await model.fit(rest, {
    initialEpoch: Math.floor(optimizer.iterations / stepsPerEpoch),
    epochs: Math.ceil(trainingSteps / stepsPerEpoch),
    validationData: readOnce(tokensOf(tokenizer, corpus.heldOut), plan),
    callbacks: [record, ...(options.callbacks ?? [])],
    ...(options.signal && { signal: options.signal }),
  });
  return reason;
}
