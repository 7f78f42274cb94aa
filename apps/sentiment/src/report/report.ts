import { reportPage } from '@lstm/cli';
import type { Experiment } from '../experiment.ts';
import { chartsOf } from './charts.ts';
import { exampleHtml, strongestHtml, wordLegend, wordStyle } from './words.ts';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Returns in a sentence who is better. */
export function verdictOf({ lstm, bagOfWords }: Pick<Experiment, 'lstm' | 'bagOfWords'>): string {
  const [ours, theirs] = [lstm.scores.accuracy, bagOfWords.scores.accuracy];
  const both = `${percent(ours)} of the test reviews right, the bag of words ${percent(theirs)}`;
  if (ours > theirs) return `The LSTM gets ${both}.`;
  return `The LSTM gets ${both}: the order of the words did not pay here.`;
}

/** Resolves to a page that needs nothing but itself: scores, reviews with the words that moved their score, and charts. */
export function reportOf(experiment: Experiment): Promise<string> {
  const { set, settings, classifier, lstm, bagOfWords, examples, strongest } = experiment;
  const weights = classifier.network.parameters.reduce(
    (total, { shape }) => total + shape.reduce((a, b) => a * b, 1),
    0,
  );
  return reportPage({
    title: `The mood of reviews: ${set.name}`,
    parts: [
      {
        text: `${verdictOf(experiment)} ${set.about}`,
        table: {
          head: ['on the test part', 'accuracy', 'F1'],
          rows: [lstm, bagOfWords].map(({ name, scores: { accuracy, f1 } }) => [name, percent(accuracy), percent(f1)]),
          ours: 0,
        },
      },
      {
        title: 'Which words moved the score',
        text: 'The first reviews of the test part that only the LSTM gets right, then that both, only the bag of words, and neither do.',
        html: [wordStyle, wordLegend, ...examples.map(exampleHtml)].join('\n'),
      },
      ...chartsOf(experiment),
      {
        title: 'The strongest words',
        text: 'Mean over the places of the test part where a word stands, in log-odds; words that stand there five times or more.',
        html: strongestHtml(strongest),
      },
    ],
    footer: [
      `${set.train.length} reviews to train on, ${set.dev.length} to choose the epoch by, ${set.test.length} to test`,
      `${classifier.tokenizer.vocabulary.length} tokens, embedding ${settings.embedding}, ${settings.units} units in each direction`,
      `${weights} parameters`,
      `${settings.epochs} epochs, seed ${settings.seed}. Made by @lstm.`,
    ].join('; '),
  });
}
