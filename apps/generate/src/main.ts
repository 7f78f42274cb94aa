// Learns a text, measures what was learned beside a 5-gram, and writes: to the terminal, and a report into a folder.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@lstm/io/node';
import { progressBar } from '@lstm/train';
import { type Corpus, readCorpus } from './corpus.ts';
import { generate } from './generate.ts';
import { createLearner, type Learner, learn, loadLearner, saveLearner, tokensOf } from './learner.ts';
import { baselineOf, bitsByDistance, surprises } from './measure.ts';
import { commonFlags, planOf, resumed, runProgram } from './options.ts';
import { type Results, reportOf, type Sample, scoreRows } from './report.ts';
import { createSampler, type SamplingOptions } from './sampling.ts';

const options = {
  ...commonFlags,
  seed: { type: 'string' },
  out: { type: 'string' },
  resume: { type: 'boolean', default: false },
  'write-corpus': { type: 'string' },
} as const;

/** How the texts at the end are sampled. */
const ways: readonly (readonly [how: string, options: SamplingOptions])[] = [
  ['temperature 0.5', { temperature: 0.5 }],
  ['temperature 0.8, top-p 0.95', { temperature: 0.8, topP: 0.95 }],
  ['temperature 1, top-k 10', { temperature: 1, topK: 10 }],
];
const [sampleLength, surpriseLength] = [500, 800];

/** Trains, saving after every epoch; resolves to false when it was interrupted. */
async function train(learner: Learner, corpus: Corpus, file: string): Promise<boolean> {
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once('SIGINT', stop);
  const save = async (): Promise<void> => writeFileAtomic(file, await saveLearner(learner));
  const tell = (): void => {
    const { step, train: trained, heldOut } = learner.curve.at(-1) as Learner['curve'][number];
    const bits = `${heldOut.toFixed(3)} bits per held-out character, ${trained.toFixed(3)} in training`;
    console.log(`step ${step}/${learner.plan.trainingSteps}: ${bits}`);
  };
  const bar = progressBar({ write: (text) => process.stderr.write(text), redraw: true });
  const callbacks = [{ onEpochEnd: tell }, { onEpochEnd: save }, ...(process.stderr.isTTY ? [bar] : [])];
  try {
    const reason = await learn(learner, corpus, { callbacks, signal: abort.signal });
    if (reason === 'finished') return true;
    await save();
    console.log(`\nstopped after step ${learner.model.optimizer.iterations}; --resume goes on from ${file}`);
    return false;
  } finally {
    process.off('SIGINT', stop);
  }
}

/** Streams a text to the terminal, and resolves to it. */
async function write({ model, tokenizer }: Learner, how: string, options: SamplingOptions): Promise<Sample> {
  console.log(`\n── ${how} ${'─'.repeat(60 - how.length)}`);
  const prompt = '\n';
  let text = '';
  const start = performance.now();
  const sampler = createSampler(options);
  for await (const character of generate(model, tokenizer, { prompt, length: sampleLength, sampler })) {
    process.stdout.write(character);
    text += character;
  }
  const perSecond = sampleLength / ((performance.now() - start) / 1000);
  console.log(`\n── ${perSecond.toFixed(0)} characters a second`);
  return { how, prompt, text };
}

await runProgram(options, async (flags) => {
  const corpus = await readCorpus(flags.data);
  const wanted = flags['write-corpus'];
  if (wanted !== undefined) return writeFile(wanted, corpus.train + corpus.heldOut);
  const folder = flags.out ?? join('generated', corpus.name);
  const file = join(folder, 'model.safetensors');
  const learner = flags.resume ? loadLearner(await resumed(flags, file)) : createLearner(corpus, planOf(flags));
  console.log(`${corpus.name}: ${corpus.train.length} characters to learn, ${corpus.heldOut.length} held out\n`);
  console.log(`${learner.model.summary()}\n`);
  const baseline = baselineOf(learner, corpus.train, corpus.heldOut);
  console.log(`to beat: ${baseline.bits.toFixed(3)} bits per character, by a 5-gram with Kneser–Ney smoothing\n`);
  await mkdir(folder, { recursive: true });
  const start = performance.now();
  if (!(await train(learner, corpus, file))) return;
  const seconds = flags.resume ? undefined : (performance.now() - start) / 1000;

  const heldOut = tokensOf(learner.tokenizer, corpus.heldOut);
  const piece = heldOut.subarray(0, surpriseLength + 1);
  const [bits = new Float64Array()] = await surprises(learner, [piece]);
  const byDistance = await bitsByDistance(learner, baseline, heldOut);
  const samples: Sample[] = [];
  for (const [how, options] of ways) samples.push(await write(learner, how, { ...options, seed: learner.plan.seed }));
  const surprise = { text: learner.tokenizer.decode([piece.subarray(1)])[0] ?? '', bits };
  const results: Results = { learner, baselineBits: baseline.bits, byDistance, surprise, samples, seconds };
  await writeFile(join(folder, 'report.html'), await reportOf(results));
  console.log(
    `\nbits per held-out character${seconds === undefined ? '' : ` after ${seconds.toFixed(0)} s of training`}`,
  );
  for (const [name = '', value = ''] of scoreRows(results)) console.log(`  ${name.padEnd(22)} ${value}`);
  console.log(`\nwrote ${join(folder, 'report.html')} (open it) and ${file} (pnpm sample --model ${file})`);
});
