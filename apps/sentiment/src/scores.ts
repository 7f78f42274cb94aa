import { lengthBuckets } from '@lstm/data';
import type { Review } from './data/reviews.ts';

/** How good probabilities of being positive are. */
export interface Scores {
  readonly accuracy: number;
  /** Harmonic mean of precision and recall of the positive class. */
  readonly f1: number;
}

/** Accuracy over reviews that have something in common. */
export interface GroupScore {
  /** Mean of the group that the reviews are ordered by. */
  readonly group: number;
  readonly count: number;
  readonly accuracy: number;
}

/** Returns whether each probability is on the side of its label. */
export function rightOnes(probabilities: ArrayLike<number>, reviews: readonly Review[]): readonly boolean[] {
  return reviews.map(({ label }, i) => (probabilities[i] as number) > 0.5 === (label === 1));
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Returns accuracy and F1 of probabilities. */
export function scoresOf(probabilities: ArrayLike<number>, reviews: readonly Review[]): Scores {
  const said = reviews.map((_, i) => Number((probabilities[i] as number) > 0.5));
  const both = reviews.filter(({ label }, i) => label === 1 && said[i] === 1).length;
  const positives = reviews.filter(({ label }) => label === 1).length + said.filter((yes) => yes === 1).length;
  return { accuracy: mean(rightOnes(probabilities, reviews).map(Number)), f1: both === 0 ? 0 : (2 * both) / positives };
}

/** Returns the accuracy for at most `count` groups of reviews of about the same size. */
export function groupScores(
  probabilities: ArrayLike<number>,
  reviews: readonly Review[],
  count: number,
): readonly GroupScore[] {
  const right = rightOnes(probabilities, reviews);
  const groups = reviews.map(({ group }) => group);
  const bounds = lengthBuckets(groups, count);
  return bounds.map((bound, i) => {
    const places = groups.flatMap((group, place) =>
      group <= bound && !(group <= (bounds[i - 1] ?? -1)) ? [place] : [],
    );
    return {
      group: mean(places.map((place) => groups[place] as number)),
      count: places.length,
      accuracy: mean(places.map((place) => Number(right[place]))),
    };
  });
}
