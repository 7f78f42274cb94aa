import { uniform } from '@lstm/core';
import type { Review, ReviewSet } from './reviews.ts';

type Phrases = readonly string[];

const moods: readonly [negative: Phrases, positive: Phrases] = [
  ['bad', 'dull', 'awful', 'boring', 'clumsy', 'tedious', 'weak', 'stale'],
  ['good', 'great', 'lovely', 'clever', 'moving', 'funny', 'fresh', 'brilliant'],
];
// Each opening that negates has a twin that does not, of as many words.
const openings: readonly [plain: Phrases, negated: Phrases] = [
  ['i would always say that', 'everybody i know thinks that', 'it is quite true that', 'i often felt that'],
  ['i would never say that', 'nobody i know thinks that', 'it is not true that', 'i never felt that'],
];
const subjects: Phrases = [
  'the film',
  'this story',
  'the whole cast',
  'her new book',
  'the second season',
  'the music',
];
// Some negate what says nothing about the mood: whoever counts negations is led astray.
const asides: Phrases = [
  'which my brother saw twice',
  'that we watched on a rainy day in november',
  'from the makers of the other one',
  'with its many old friends of the family',
  'which i had not heard of before',
  'that nobody had told me about',
  'never shown in our town until now',
];
const verbs: Phrases = ['is', 'was', 'felt', 'seemed'];
const adverbs: Phrases = ['', '', 'really', 'rather', 'very'];
const endings: Phrases = ['', '', 'and we saw it on a monday', 'and it did not take long', 'so my neighbour told me'];

const countWords = (text: string): number => text.split(' ').length;

/** Returns review number `number`: a mood that the opening negates at a distance, the verb close by, both, or nothing. */
function review(seed: number, number: number): Review {
  const draws = uniform(16, { seed, name: 'review', step: number });
  let used = 0;
  const draw = (): number => draws[used++] as number;
  const pick = (phrases: Phrases): string => phrases[Math.floor(draw() * phrases.length)] as string;
  const [positive, far, near] = [Number(draw() < 0.5), Number(draw() < 0.3), Number(draw() < 0.1)];
  const opening = pick(openings[far] as Phrases);
  const [first, step] = [Math.floor(draw() * asides.length), 1 + Math.floor(draw() * (asides.length - 1))];
  const between = [first, first + step].slice(Math.floor(draw() * 3)).map((i) => asides[i % asides.length] as string);
  const words = [pick(subjects), ...between, pick(verbs), near ? 'not' : '', pick(adverbs)].filter(
    (part) => part !== '',
  );
  const text = [opening, ...words, pick(moods[positive] as Phrases), pick(endings)].join(' ').trim();
  const negator = opening.split(' ').findIndex((word) => ['never', 'nobody', 'not'].includes(word));
  const distance = countWords(`${opening} ${words.join(' ')}`) - negator;
  return { text, label: ((positive + far + near) % 2) as 0 | 1, group: far ? distance : 0 };
}

/** Returns made-up reviews; the same ones for the same numbers. */
export function generatedReviews(train = 4000, dev = 500, test = 1000, seed = 0): ReviewSet {
  const part = (from: number, count: number): Review[] =>
    Array.from({ length: count }, (_, i) => review(seed, from + i));
  return {
    name: 'generated',
    about:
      'Made-up reviews of one sentence, a third of them with a negation ahead of the word that it turns round (the others stand at 0 below).',
    groupName: 'words from negation to mood',
    train: part(0, train),
    dev: part(train, dev),
    test: part(train + dev, test),
  };
}
