// Accuracy and F1 over three seeds beside the bag of words and PyTorch's network (reference/results.json).
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { chooseBackend } from '@lstm/cli';
import { trainBagOfWords } from './models/bag-of-words.ts';
import { defaultSettings, trainClassifier } from './models/classifier.ts';
import { argumentsOf, reviewsOf, runProgram } from './options.ts';
import { type PyTorchScores, pytorchScores } from './pytorch.ts';
import { type Scores, scoresOf } from './scores.ts';

const seeds = [0, 1, 2];
const metrics = ['accuracy', 'f1'] as const;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const meanOf = (scores: readonly Scores[], metric: keyof Scores): number =>
  scores.reduce((total, each) => total + each[metric], 0) / scores.length;

/** Returns how ours compares; it fails below PyTorch's mean less one standard deviation, or one part in a hundred if that is more. */
function besidePyTorch(ours: number, theirs: PyTorchScores[keyof Scores] | undefined): string {
  if (theirs === undefined) return 'PyTorch not measured so';
  const least = theirs.mean - Math.max(theirs.sd, 0.01 * theirs.mean);
  if (ours < least) process.exitCode = 1;
  return `PyTorch ${percent(theirs.mean)}, at least ${percent(least)}: ${ours < least ? 'MISSED' : 'holds'}`;
}

await runProgram(async () => {
  const given = argumentsOf(process.argv.slice(2), ['json']);
  await chooseBackend(given.backend);
  const set = await reviewsOf(given);
  const texts = set.test.map(({ text }) => text);
  const { epochs = defaultSettings.epochs } = given;
  const [ours, baselines]: [Scores[], Scores[]] = [[], []];
  for (const seed of seeds) {
    const bag = await trainBagOfWords(set, seed);
    baselines.push(scoresOf(await bag.predict(texts), set.test));
    const classifier = await trainClassifier(set, { ...defaultSettings, epochs, seed });
    const scores = scoresOf(await classifier.predict(texts), set.test);
    ours.push(scores);
    classifier.network.dispose();
    console.log(`${set.name}, seed ${seed}: accuracy ${percent(scores.accuracy)}, F1 ${percent(scores.f1)}`);
  }
  const reference = await pytorchScores(set.name, epochs);
  const rows = metrics.map((metric) => ({
    app: 'sentiment',
    metric: `${set.name} ${metric}`,
    ours: meanOf(ours, metric),
    baseline: meanOf(baselines, metric),
    reference: reference?.[metric].mean ?? null,
    seeds,
  }));
  for (const [i, { metric, ours: mean, baseline }] of rows.entries()) {
    const theirs = reference?.[metrics[i] as keyof Scores];
    console.log(`${metric}: ${percent(mean)} (bag of words ${percent(baseline)}; ${besidePyTorch(mean, theirs)})`);
  }
  if (given.json !== undefined) {
    await mkdir(dirname(given.json), { recursive: true });
    await writeFile(given.json, `${JSON.stringify(rows, undefined, 2)}\n`);
  }
});
