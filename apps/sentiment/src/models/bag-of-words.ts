import { type HostArray, hostArray } from '@lstm/core';
import { batches } from '@lstm/data';
import { dense, sequential } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { type Batch, compile, earlyStopping } from '@lstm/train';
import type { Review, ReviewSet } from '../data/reviews.ts';
import { type Classifier, labelsOf, tokenizerOf } from './classifier.ts';

/** Returns which words each text holds, 1 or 0, `[texts, vocabulary]`. */
function bagsOf(texts: readonly (readonly number[])[], vocabulary: number): HostArray {
  const bags = new Float32Array(texts.length * vocabulary);
  texts.forEach((tokens, row) => {
    for (const token of tokens) if (token > 1) bags[row * vocabulary + token] = 1;
  });
  return hostArray(bags, [texts.length, vocabulary]);
}

/**
 * Resolves to the baseline: logistic regression over which words a text holds, whatever their order. The squared norm of the weights
 * costs as much as with scikit-learn's default, and the weights are those of the epoch that does best on the dev part.
 */
export async function trainBagOfWords(
  { train, dev }: Pick<ReviewSet, 'train' | 'dev'>,
  seed: number,
): Promise<Pick<Classifier, 'predict'>> {
  const tokenizer = tokenizerOf(train);
  const vocabulary = tokenizer.vocabulary.length;
  // Batch by batch: all bags at once would be as large as the vocabulary times the reviews.
  const bagBatches = (reviews: readonly Review[], shuffle: boolean): Iterable<Batch> => {
    const encoded = tokenizer.encode(reviews.map(({ text }) => text));
    const numbers = hostArray(Int32Array.from(reviews.keys()));
    const drawn = batches(numbers, labelsOf(reviews), { batchSize: 32, shuffle, seed });
    return {
      *[Symbol.iterator]() {
        for (const { x, y } of drawn) {
          const texts = Array.from((x as HostArray).data, (place) => encoded[place] as number[]);
          yield { x: bagsOf(texts, vocabulary), y };
        }
      },
    };
  };
  const model = compile(sequential([dense({ units: 1, activation: 'sigmoid' })], { seed }), {
    optimizer: adam({ learningRate: 0.01, weightDecay: 1 / train.length }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
  await model.fit(bagBatches(train, true), {
    epochs: 10,
    validationData: bagBatches(dev, false),
    callbacks: [earlyStopping({ monitor: 'valAccuracy', patience: 10, restoreBest: true })],
  });
  return {
    async predict(texts) {
      const parts: Float32Array[] = [];
      const encoded = tokenizer.encode(texts);
      for (let start = 0; start < encoded.length; start += 256) {
        const { data } = await model.predict(bagsOf(encoded.slice(start, start + 256), vocabulary));
        parts.push(data);
      }
      return Float32Array.from(parts.flatMap((part) => [...part]));
    },
  };
}
