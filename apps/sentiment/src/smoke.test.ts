import { chooseBackend } from '@lstm/cli';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatedReviews } from './data/generate.ts';
import { type Experiment, runExperiment } from './experiment.ts';
import { attribute } from './models/attribution.ts';
import { defaultSettings } from './models/classifier.ts';
import { reportOf } from './report/report.ts';

const negators = ['never', 'nobody', 'not'];
const moods = [
  ...'bad dull awful boring clumsy tedious weak stale'.split(' '),
  ...'good great lovely clever moving funny fresh brilliant'.split(' '),
];

let experiment: Experiment;
beforeAll(async () => {
  await chooseBackend('auto');
  const settings = { ...defaultSettings, embedding: 16, units: 16, epochs: 9, learningRate: 0.01, dropout: 0.1 };
  experiment = await runExperiment(generatedReviews(1200, 100, 300), settings);
}, 300_000);
afterAll(() => experiment.classifier.network.dispose());

describe('a short training', () => {
  it('finds the negations that a bag of words cannot', () => {
    const { lstm, bagOfWords } = experiment;
    expect(lstm.scores.accuracy).toBeGreaterThan(0.9);
    expect(lstm.scores.f1).toBeGreaterThan(0.9);
    expect(bagOfWords.scores.accuracy).toBeLessThan(0.75);
    const [near, ...far] = bagOfWords.groups;
    expect(near!.accuracy).toBeGreaterThan(0.8);
    for (const { accuracy } of far) expect(accuracy).toBeLessThan(0.4);
  });

  it('shows that the mood and the negation moved the score more than the rest', async () => {
    const texts = experiment.set.test.filter(({ group }) => group > 0).map(({ text }) => text);
    const size: Record<'telling' | 'rest', number[]> = { telling: [], rest: [] };
    for (const { words, moved } of await attribute(experiment.classifier, texts)) {
      const opening = words.findIndex((word) => negators.includes(word));
      words.forEach((word, i) => {
        size[i === opening || moods.includes(word) ? 'telling' : 'rest'].push(Math.abs(moved[i]!));
      });
    }
    const [telling, rest] = [size.telling, size.rest].map((all) => all.reduce((a, b) => a + b) / all.length);
    expect(telling).toBeGreaterThan(1.5 * rest!);
  });

  it('is drawn in a page that loads nothing', async () => {
    const page = await reportOf(experiment);
    expect(page).not.toMatch(/(?:src|href)=/);
    expect(page.match(/class="review"/g)!.length).toBeGreaterThan(5);
    const [, data] = /id="data">(.*?)<\/script>/.exec(page)!;
    expect((JSON.parse(data!) as { id: string }[]).map(({ id }) => id)).toEqual(['chart2', 'chart3']);
  });
});
