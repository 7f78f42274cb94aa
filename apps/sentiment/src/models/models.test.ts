import { chooseBackend } from '@lstm/cli';
import { hostArray } from '@lstm/core';
import { padSequences } from '@lstm/data';
import { describe, expect, it } from 'vitest';
import { generatedReviews } from '../data/generate.ts';
import { attribute, strongestWords } from './attribution.ts';
import { createModel, createNetwork, defaultSettings, labelsOf, tokenizerOf, trainClassifier } from './classifier.ts';

const settings = { ...defaultSettings, embedding: 8, units: 6, epochs: 1 };
const set = generatedReviews(96, 32, 8);

describe('attribute', () => {
  it('says how the log-odds change with the vector of a word', async () => {
    await chooseBackend('reference');
    const classifier = await trainClassifier(set, settings);
    const { network, tokenizer } = classifier;
    const text = 'i would never say that the film is really brilliant';
    const found = await attribute(classifier, ['this story is bad', text]);
    const { words, moved, probability } = found[1]!;
    expect(words.join(' ')).toBe(text);
    expect(probability).toBeCloseTo((await classifier.predict([text]))[0]!, 5);

    const [table] = network.parameters;
    const before = await table!.value.data();
    for (const word of ['never', 'brilliant', 'film']) {
      const [[token]] = tokenizer.encode([word]) as [[number]];
      const logOdds = async (factor: number): Promise<number> => {
        const scaled = before.map((value, i) =>
          Math.floor(i / settings.embedding) === token ? factor * value : value,
        );
        table!.assign(hostArray(scaled, table!.shape));
        const [chance] = await classifier.predict([text]);
        return Math.log(chance! / (1 - chance!));
      };
      const slope = ((await logOdds(1.5)) - (await logOdds(0.5))) / 1;
      const known = moved[words.indexOf(word)]!;
      expect(Math.abs(slope - known), word).toBeLessThan(2e-5 + 0.02 * Math.abs(known));
    }
    network.dispose();
  });

  it('adds up over texts', () => {
    const of = (words: string[], moved: number[]) => ({ text: words.join(' '), probability: 0.5, words, moved });
    const both = [of(['good', 'film', 'bad'], [2, 0.5, -1]), of(['good', 'bad', 'rare'], [1, -2, 9])];
    expect(strongestWords(both, 2, 1)).toEqual([
      [{ word: 'good', count: 2, moved: 1.5 }],
      [{ word: 'bad', count: 2, moved: -1.5 }],
    ]);
  });
});

it('loses the same on every backend in the first steps', { timeout: 300_000 }, async () => {
  const tokenizer = tokenizerOf(set.train);
  const few = set.train.slice(0, 8);
  const x = padSequences(tokenizer.encode(few.map(({ text }) => text)), { padding: 'post', maxLength: 12 });
  const losses: Record<string, number[]> = {};
  for (const name of ['reference', 'cpu', 'gpu'] as const) {
    await chooseBackend(name);
    const network = createNetwork(tokenizer.vocabulary.length, settings);
    const model = createModel(network, settings);
    losses[name] = [];
    for (let step = 0; step < 3; step++) losses[name].push((await model.trainOnBatch(x, labelsOf(few))).loss);
    network.dispose();
  }
  for (const step of [0, 1, 2]) {
    expect(losses['cpu']![step]).toBeCloseTo(losses['reference']![step]!, 5);
    expect(losses['gpu']![step]).toBeCloseTo(losses['reference']![step]!, 5);
  }
  expect(losses['reference']![2]).not.toBe(losses['reference']![0]);
});
