import { hostArray } from '@lstm/core';
import { type Learner, tokensOf } from './learner.ts';
import { bitsPerCharacter, fitNgram, type Ngram } from './ngram.ts';
import { probabilitiesOf } from './sampling.ts';

/** Characters that the baseline sees before the one it expects, and that one. */
const order = 5;

/** A model to be measured by, and what it reaches. */
export interface Baseline {
  readonly model: Ngram;
  readonly bits: number;
}

/** Returns the 5-gram of a text and the bits that it takes for a character of another. */
export function baselineOf({ tokenizer }: Pick<Learner, 'tokenizer'>, train: string, heldOut: string): Baseline {
  const model = fitNgram(tokensOf(tokenizer, train), order, tokenizer.vocabulary.length);
  return { model, bits: bitsPerCharacter(model, tokensOf(tokenizer, heldOut)) };
}

/**
 * Resolves to the bits `[rows, steps]` that the network takes for each character of equally long pieces of a text, of which it has
 * seen nothing before.
 */
export async function surprises({ model }: Learner, pieces: readonly Int32Array[]): Promise<readonly Float64Array[]> {
  const steps = (pieces[0]?.length ?? 1) - 1;
  const x = Int32Array.from(pieces.flatMap((piece) => [...piece.subarray(0, steps)]));
  const restore = model.network.holdStates();
  try {
    const { data } = await model.predict(hostArray(x, [pieces.length, steps]), { batchSize: pieces.length });
    const size = data.length / x.length;
    return pieces.map((piece, row) =>
      Float64Array.from({ length: steps }, (_, step) => {
        const start = (row * steps + step) * size;
        const probabilities = probabilitiesOf(data.subarray(start, start + size));
        return -Math.log2(probabilities[piece[step + 1] as number] as number);
      }),
    );
  } finally {
    restore();
  }
}

/** How well characters are expected by how many were seen before them. */
export interface ByDistance {
  readonly seen: readonly number[];
  readonly network: readonly number[];
  readonly baseline: readonly number[];
}

/** Numbers of characters seen that {@link bitsByDistance} tells apart: the first of each group. */
const groups = [1, 2, 3, 4, 5, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128];
const longest = 181;

/** Resolves to mean bits by the number of characters seen, over pieces spread evenly over a text. */
export async function bitsByDistance(
  learner: Learner,
  { model }: Baseline,
  tokens: Int32Array,
  pieces = 192,
): Promise<ByDistance> {
  const starts = Array.from({ length: pieces }, (_, i) => Math.floor((i * (tokens.length - longest)) / pieces));
  const cuts = starts.map((start) => tokens.subarray(start, start + longest));
  const network = await surprises(learner, cuts);
  const meanOf = (bitsAt: (row: number, seen: number) => number): number[] =>
    groups.map((from, i) => {
      const to = groups[i + 1] ?? longest;
      let sum = 0;
      for (let row = 0; row < pieces; row++) for (let seen = from; seen < to; seen++) sum += bitsAt(row, seen);
      return sum / (pieces * (to - from));
    });
  return {
    seen: groups,
    network: meanOf((row, seen) => (network[row] as Float64Array)[seen - 1] as number),
    baseline: meanOf((row, seen) => -Math.log2(model.probability(cuts[row] as Int32Array, seen))),
  };
}
