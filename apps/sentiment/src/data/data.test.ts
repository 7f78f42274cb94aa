import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generatedReviews } from './generate.ts';
import { loadReviews } from './load.ts';

describe('generatedReviews', () => {
  const { train, dev, test } = generatedReviews(2000, 10, 10);

  it('gives the same reviews for the same numbers', () => {
    expect(generatedReviews(2000, 10, 10).train).toEqual(train);
    expect(new Set([train, dev, test].map(([first]) => first!.text)).size).toBe(3);
    expect(train.slice(0, 3)).toMatchInlineSnapshot(`
      [
        {
          "group": 0,
          "label": 0,
          "text": "i would always say that this story is rather dull so my neighbour told me",
        },
        {
          "group": 9,
          "label": 0,
          "text": "nobody i know thinks that the film was very lovely so my neighbour told me",
        },
        {
          "group": 21,
          "label": 0,
          "text": "it is not true that this story with its many old friends of the family from the makers of the other one seemed fresh and it did not take long",
        },
      ]
    `);
  });

  it('is balanced, moods tell three times in four, and negations nothing', () => {
    const share = (word: string): number => {
      const holding = train.filter(({ text }) => text.split(' ').includes(word));
      return holding.reduce((sum, { label }) => sum + label, 0) / holding.length;
    };
    for (const word of ['that', 'never', 'not', 'nobody']) expect(Math.abs(share(word) - 0.5), word).toBeLessThan(0.1);
    for (const word of ['good', 'great']) expect(Math.abs(share(word) - 0.7), word).toBeLessThan(0.1);
    for (const word of ['bad', 'awful']) expect(Math.abs(share(word) - 0.3), word).toBeLessThan(0.1);
  });

  it('has negations near and far', () => {
    const distances = train.map(({ group }) => group).filter((group) => group > 0);
    expect(distances.length / train.length).toBeCloseTo(0.3, 1);
    expect([Math.min(...distances), Math.max(...distances)]).toEqual([6, 28]);
    const [{ text, group }] = train.filter(({ group: each }) => each > 0) as [(typeof train)[0]];
    const words = text.split(' ');
    const negator = words.findIndex((word) => ['never', 'nobody', 'not'].includes(word));
    expect(words[negator + group]).toMatch(
      /^(bad|dull|awful|boring|clumsy|tedious|weak|stale|good|great|lovely|clever|moving|funny|fresh|brilliant)$/,
    );
  });
});

describe('loadReviews', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reviews-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text, 'latin1');

  it('reads the parts of SST-2', async () => {
    for (const part of ['train', 'dev', 'test']) await write(`${part}.tsv`, `a fine ${part}\t1\nno\tgood \t0\n`);
    const { name, train, test } = await loadReviews(folder);
    expect(name).toBe('SST-2');
    expect(train).toEqual([
      { text: 'a fine train', label: 1, group: 3 },
      { text: 'no\tgood', label: 0, group: 2 },
    ]);
    expect(test[0]!.text).toBe('a fine test');
  });

  it('parts movie-review polarity by tenths', async () => {
    const lines = (word: string): string => Array.from({ length: 20 }, (_, i) => `${word} ${i} caf\xe9 \n`).join('');
    await write('rt-polarity.pos', lines('good'));
    await write('rt-polarity.neg', lines('bad'));
    const { name, train, dev, test } = await loadReviews(folder);
    expect([name, train.length, dev.length, test.length]).toEqual(['MR', 32, 4, 4]);
    expect(new Set([...train, ...dev, ...test].map(({ text }) => text)).size).toBe(40);
    for (const { text, label } of train) expect(text).toMatch(label ? /^good \d+ café$/ : /^bad \d+ café$/);
  });

  it('names what it cannot read', async () => {
    await expect(loadReviews(folder)).rejects.toThrow(/holds no reviews that are known\..*--data FOLDER/);
    for (const part of ['train', 'dev', 'test']) await write(`${part}.tsv`, 'fine\t1\nno label\n');
    await expect(loadReviews(folder)).rejects.toThrow(/line 2 of .*\.tsv is "no label"/);
  });
});
