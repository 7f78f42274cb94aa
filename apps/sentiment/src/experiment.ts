import type { Callback } from '@lstm/train';
import type { Review, ReviewSet } from './data/reviews.ts';
import { type Attribution, attribute, strongestWords, type WordEffect } from './models/attribution.ts';
import { trainBagOfWords } from './models/bag-of-words.ts';
import { type Classifier, type Settings, trainClassifier } from './models/classifier.ts';
import { type GroupScore, groupScores, rightOnes, type Scores, scoresOf } from './scores.ts';

/** A model on the test part. */
export interface Measured {
  readonly name: string;
  readonly scores: Scores;
  readonly groups: readonly GroupScore[];
}

/** A review of the test part, with what both models say of it. */
export interface Example {
  readonly review: Review;
  readonly attribution: Attribution;
  readonly bagOfWords: number;
}

/** Everything that a report shows. */
export interface Experiment {
  readonly set: ReviewSet;
  readonly settings: Settings;
  readonly classifier: Classifier;
  readonly lstm: Measured;
  readonly bagOfWords: Measured;
  readonly examples: readonly Example[];
  /** Words that speak for positive, then those that speak for negative. */
  readonly strongest: readonly (readonly WordEffect[])[];
}

/** Reviews that show what the models do: those that only the LSTM gets right, only the bag, both, and none. */
function chooseExamples(all: readonly Example[]): readonly Example[] {
  const reviews = all.map(({ review }) => review);
  const bagRight = rightOnes(
    all.map(({ bagOfWords }) => bagOfWords),
    reviews,
  );
  const lstmRight = rightOnes(
    all.map(({ attribution }) => attribution.probability),
    reviews,
  );
  const kind = (lstm: boolean, bag: boolean, count: number): Example[] =>
    all
      .filter(({ attribution: { words } }, i) => {
        return lstmRight[i] === lstm && bagRight[i] === bag && words.length > 5 && words.length < 30;
      })
      .slice(0, count);
  return [...kind(true, false, 5), ...kind(true, true, 3), ...kind(false, true, 3), ...kind(false, false, 1)];
}

/** Resolves to both models trained and measured on the test part. */
export async function runExperiment(
  set: ReviewSet,
  settings: Settings,
  callbacks: readonly Callback[] = [],
): Promise<Experiment> {
  const texts = set.test.map(({ text }) => text);
  const measured = (name: string, probabilities: Float32Array): Measured => ({
    name,
    scores: scoresOf(probabilities, set.test),
    groups: groupScores(probabilities, set.test, 8),
  });
  const bag = await trainBagOfWords(set, settings.seed);
  const bagProbabilities = await bag.predict(texts);
  const classifier = await trainClassifier(set, settings, callbacks);
  const probabilities = await classifier.predict(texts);
  const attributions = await attribute(classifier, texts);
  const examples = attributions.map((attribution, i) => ({
    review: set.test[i] as Review,
    attribution,
    bagOfWords: bagProbabilities[i] as number,
  }));
  return {
    set,
    settings,
    classifier,
    lstm: measured('LSTM', probabilities),
    bagOfWords: measured('bag of words', bagProbabilities),
    examples: chooseExamples(examples),
    strongest: strongestWords(attributions, 5, 12),
  };
}
