import { bucketBatches, padSequences, type Tokenizer, wordTokenizer } from '@lstm/data';
import { bidirectional, dense, dropout, embedding, lstm, type Sequential, sequential } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { type Callback, compile, earlyStopping, type History, type Trainer } from '@lstm/train';
import type { Review, ReviewSet } from '../data/reviews.ts';

/** Size of the network and budget of its training. */
export interface Settings {
  readonly seed: number;
  readonly epochs: number;
  readonly embedding: number;
  readonly units: number;
  readonly learningRate: number;
  /** Share dropped of the words' vectors and of the final states in training. */
  readonly dropout: number;
}

/** The settings that the scores in the README belong to, but for the seed. */
export const defaultSettings: Settings = {
  seed: 0,
  epochs: 10,
  embedding: 64,
  units: 64,
  learningRate: 0.002,
  dropout: 0.5,
};

/** A trained network with what turns texts into its inputs. */
export interface Classifier {
  readonly network: Sequential;
  readonly tokenizer: Tokenizer;
  readonly history: History;
  /** Resolves to the probability that each text is positive. */
  predict(texts: readonly string[]): Promise<Float32Array>;
}

/** Returns the network that reads reviews in both directions and says how likely they are positive. */
export function createNetwork(words: number, { seed, embedding: size, units, dropout: rate }: Settings): Sequential {
  return sequential(
    [
      embedding({ inputDim: words, outputDim: size, maskZero: true, inputShape: [null] }),
      dropout({ rate }),
      bidirectional(lstm({ units })),
      dropout({ rate }),
      dense({ units: 1, activation: 'sigmoid' }),
    ],
    { seed },
  );
}

/** Returns the network with its optimizer and loss. */
export function createModel(network: Sequential, { learningRate }: Settings): Trainer {
  return compile(network, {
    optimizer: adam({ learningRate, clipNorm: 5 }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
}

/** Returns the labels of reviews, `[reviews, 1]`. */
export function labelsOf(reviews: readonly Review[]): number[][] {
  return reviews.map(({ label }) => [label]);
}

/** Returns a tokenizer of what stands between spaces: the words of both sets are parted already. */
export function tokenizerOf(reviews: readonly Review[]): Tokenizer {
  return wordTokenizer(
    reviews.map(({ text }) => text),
    { punctuation: 'keep' },
  );
}

/** Resolves to a classifier trained on the training part, its weights those of the epoch that does best on the dev part. */
export async function trainClassifier(
  { train, dev }: Pick<ReviewSet, 'train' | 'dev'>,
  settings: Settings,
  callbacks: readonly Callback[] = [],
): Promise<Classifier> {
  const tokenizer = tokenizerOf(train);
  const batchesOf = (reviews: readonly Review[], shuffle: boolean) =>
    bucketBatches(tokenizer.encode(reviews.map(({ text }) => text)), labelsOf(reviews), {
      batchSize: 32,
      padding: 'post',
      shuffle,
      seed: settings.seed,
    });
  const model = createModel(createNetwork(tokenizer.vocabulary.length, settings), settings);
  const best = earlyStopping({ monitor: 'valAccuracy', patience: settings.epochs, restoreBest: true });
  const history = await model.fit(batchesOf(train, true), {
    epochs: settings.epochs,
    validationData: batchesOf(dev, false),
    callbacks: [best, ...callbacks],
  });
  return {
    network: model.network as Sequential,
    tokenizer,
    history,
    async predict(texts) {
      const { data } = await model.predict(padSequences(tokenizer.encode(texts), { padding: 'post' }));
      return data;
    },
  };
}
