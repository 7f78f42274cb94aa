import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@lstm/core';
import { numpyPermutation } from './numpy-permutation.ts';
import type { Review, ReviewSet } from './reviews.ts';

const groupName = 'words in the review';

function reviewOf(text: string, label: number): Review {
  return { text: text.trim(), label: label === 1 ? 1 : 0, group: text.trim().split(/\s+/).length };
}

async function linesOf(file: string, encoding: 'utf8' | 'latin1'): Promise<readonly string[]> {
  return (await readFile(file, encoding)).split(/\r?\n/).filter((line) => line.trim() !== '');
}

/** Lines of a text, a tab and 0 or 1. */
async function tabbed(file: string): Promise<readonly Review[]> {
  return (await linesOf(file, 'utf8')).map((line, i) => {
    const [, text, label] = /^(.*)\t([01])\s*$/.exec(line) ?? [];
    if (text !== undefined) return reviewOf(text, Number(label));
    throw new DataError(
      'sentiment',
      `line ${i + 1} of ${file} is ${JSON.stringify(line.slice(0, 60))}.`,
      'A line is a text, a tab, and 0 (negative) or 1 (positive).',
      'Correct it.',
    );
  });
}

/** SST-2: parts as published. */
async function sst2(folder: string): Promise<ReviewSet> {
  const [train = [], dev = [], test = []] = await Promise.all(
    ['train', 'dev', 'test'].map((part) => tabbed(join(folder, `${part}.tsv`))),
  );
  const about = 'Stanford Sentiment Treebank, two classes, whole sentences (Socher et al. 2013).';
  return { name: 'SST-2', about, groupName, train, dev, test };
}

/** Movie-review polarity: a tenth to test, a tenth to choose the epoch, in numpy's order for seed 0. */
async function polarity(folder: string): Promise<ReviewSet> {
  const [positive = [], negative = []] = await Promise.all(
    ['pos', 'neg'].map((ending) => linesOf(join(folder, `rt-polarity.${ending}`), 'latin1')),
  );
  const all = [...positive.map((text) => reviewOf(text, 1)), ...negative.map((text) => reviewOf(text, 0))];
  const shuffled = Array.from(numpyPermutation(all.length, 0), (place) => all[place] as Review);
  const tenth = Math.floor(all.length / 10);
  return {
    name: 'MR',
    about: 'Movie-review polarity, sentences (Pang & Lee 2005).',
    groupName,
    test: shuffled.slice(0, tenth),
    dev: shuffled.slice(tenth, 2 * tenth),
    train: shuffled.slice(2 * tenth),
  };
}

/**
 * Resolves to the reviews of a folder: SST-2 as `train.tsv`, `dev.tsv` and `test.tsv`, or movie-review polarity as `rt-polarity.pos`
 * and `rt-polarity.neg`.
 *
 * @throws DataError when the folder holds neither, or a line cannot be read
 */
export async function loadReviews(folder: string): Promise<ReviewSet> {
  const has = (names: readonly string[]): boolean => names.every((name) => existsSync(join(folder, name)));
  if (has(['train.tsv', 'dev.tsv', 'test.tsv'])) return sst2(folder);
  if (has(['rt-polarity.pos', 'rt-polarity.neg'])) return polarity(folder);
  throw new DataError(
    'sentiment',
    `${folder} holds no reviews that are known.`,
    'They are train.tsv, dev.tsv and test.tsv (SST-2), or rt-polarity.pos and rt-polarity.neg (movie-review polarity).',
    'Give their folder: --data FOLDER.',
  );
}
