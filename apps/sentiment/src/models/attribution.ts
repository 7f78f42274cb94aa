import { grad, mul, requireGrad, sum, type Tensor, tensor, tidy } from '@lstm/core';
import { padSequences } from '@lstm/data';
import type { Layer } from '@lstm/layers';
import type { Classifier } from './classifier.ts';

/** What the words of a text did to its score. */
export interface Attribution {
  readonly text: string;
  /** Probability that the text is positive. */
  readonly probability: number;
  readonly words: readonly string[];
  /**
   * For each word the gradient of the log-odds times its embedding: to first order, by how much the log-odds would fall if its vector
   * were 0. Above 0 a word speaks for positive.
   */
  readonly moved: readonly number[];
}

/** Runs layers one after the other from the vectors of words on. */
function read(layers: readonly Layer[], vectors: Tensor, mask: Tensor): Tensor {
  let found = { outputs: [vectors] as readonly Tensor[], mask: mask as Tensor | undefined };
  for (const layer of layers) found = layer.run(found.outputs.slice(0, 1), { mask: found.mask });
  return found.outputs[0] as Tensor;
}

/** Resolves to the attributions of texts that are read together. */
async function attributeBatch({ network, tokenizer }: Classifier, texts: readonly string[]): Promise<Attribution[]> {
  const [embedding, ...layers] = network.layers as readonly [Layer, ...Layer[]];
  const encoded = tokenizer.encode(texts);
  const padded = padSequences(encoded, { padding: 'post' });
  const { probabilities, products } = tidy(() => {
    // The search for the gradient ends here, and does not go on to the table of the embedding.
    const vectors = requireGrad(embedding.call(tensor(padded)));
    const outputs = read(layers, vectors, tensor(padded.mask));
    // Texts do not see one another, so the gradient of the sum holds that of each.
    const [slope] = grad(sum(outputs), [vectors]);
    return { probabilities: outputs, products: sum(mul(slope, vectors), { axes: [-1] }) };
  });
  const [chances, slopes] = await Promise.all([probabilities.data(), products.data()]);
  probabilities.dispose();
  products.dispose();
  const time = padded.shape[1] as number;
  return texts.map((text, row) => {
    const probability = chances[row] as number;
    // From the gradient of the probability to that of the log-odds.
    const scale = 1 / Math.max(probability * (1 - probability), 1e-6);
    const words = text.split(/\s+/);
    const moved = words.map((_, step) => scale * (slopes[row * time + step] as number));
    return { text, probability, words, moved };
  });
}

/** Resolves to which words moved the score of each text, as the classifier reads it. */
export async function attribute(classifier: Classifier, texts: readonly string[]): Promise<readonly Attribution[]> {
  const found: Attribution[] = [];
  for (let start = 0; start < texts.length; start += 64) {
    found.push(...(await attributeBatch(classifier, texts.slice(start, start + 64))));
  }
  return found;
}

/** A word over all texts that hold it. */
export interface WordEffect {
  readonly word: string;
  readonly count: number;
  /** Mean over its places. */
  readonly moved: number;
}

/** Returns the words that move scores most on average, of those that come at least `least` times: `count` up, then `count` down. */
export function strongestWords(
  attributions: readonly Attribution[],
  least: number,
  count: number,
): readonly (readonly WordEffect[])[] {
  const places = new Map<string, number[]>();
  for (const { words, moved } of attributions) {
    words.forEach((word, i) => {
      const known = places.get(word) ?? [];
      places.set(word, known);
      known.push(moved[i] as number);
    });
  }
  const effects = [...places]
    .filter(([, all]) => all.length >= least)
    .map(([word, all]) => ({ word, count: all.length, moved: all.reduce((a, b) => a + b) / all.length }))
    .sort((a, b) => b.moved - a.moved);
  const up = effects.filter(({ moved }) => moved > 0).slice(0, count);
  const down = effects
    .filter(({ moved }) => moved < 0)
    .slice(-count)
    .reverse();
  return [up, down];
}
