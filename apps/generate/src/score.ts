// Trains with three seeds and compares with the 5-gram and with what PyTorch reached (reference/results.json).
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readCorpus } from './corpus.ts';
import { createLearner, type Learner, learn } from './learner.ts';
import { baselineOf } from './measure.ts';
import { commonFlags, planOf, runProgram } from './options.ts';

/** What reference/train.py writes for a text. */
interface Reference {
  readonly bitsPerCharacter: readonly number[];
  readonly plan: Readonly<Record<string, number>>;
}

const options = { ...commonFlags, json: { type: 'string' } } as const;
const seeds = [0, 1, 2];

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;

/** The most that our mean may be: PyTorch's, and one standard deviation of it or one percent, whichever is more. */
function limitOf(scores: readonly number[]): number {
  const middle = mean(scores);
  const variance = scores.reduce((sum, score) => sum + (score - middle) ** 2, 0) / Math.max(1, scores.length - 1);
  return middle + Math.max(Math.sqrt(variance), 0.01 * middle);
}

await runProgram(options, async (flags) => {
  const corpus = await readCorpus(flags.data);
  const plan = planOf(flags);
  const scores: number[] = [];
  let learner: Learner | undefined;
  for (const seed of seeds) {
    learner?.model.network.dispose();
    learner = createLearner(corpus, { ...plan, seed });
    await learn(learner, corpus);
    scores.push(learner.curve.at(-1)?.heldOut ?? Number.NaN);
    console.log(`${corpus.name}, seed ${seed}: ${scores.at(-1)?.toFixed(4)} bits per held-out character`);
  }
  const ours = mean(scores);
  const baseline = baselineOf(learner as Learner, corpus.train, corpus.heldOut).bits;
  const results = new URL('../reference/results.json', import.meta.url);
  const references = JSON.parse(await readFile(results, 'utf8')) as Readonly<Record<string, Reference>>;
  const found = references[corpus.name];
  const reference = found?.plan['trainingSteps'] === plan.trainingSteps ? found.bitsPerCharacter : undefined;
  console.log(`mean ${ours.toFixed(4)}; 5-gram ${baseline.toFixed(4)}${ours < baseline ? '' : ': NOT BEATEN'}`);
  if (reference !== undefined) {
    const limit = limitOf(reference);
    console.log(
      `PyTorch ${mean(reference).toFixed(4)}, at most ${limit.toFixed(4)}: ${ours <= limit ? 'holds' : 'MISSED'}`,
    );
    if (ours > limit) process.exitCode = 1;
  }
  if (ours >= baseline) process.exitCode = 1;
  const metric = `${corpus.name}, held-out bits per character (lower is better)`;
  const row = { app: 'generate', metric, ours, baseline, reference: reference ? mean(reference) : null, seeds };
  if (flags.json !== undefined) {
    await mkdir(dirname(flags.json), { recursive: true });
    await writeFile(flags.json, `${JSON.stringify([row], undefined, 2)}\n`);
  }
});
