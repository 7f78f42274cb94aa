import { chooseBackend } from '@lstm/cli';
import { expect, it } from 'vitest';
import { type Corpus, readCorpus } from './corpus.ts';
import { generate } from './generate.ts';
import { createLearner, learn, tokensOf } from './learner.ts';
import { baselineOf, bitsByDistance, surprises } from './measure.ts';
import { defaultPlan } from './model.ts';
import { reportOf } from './report.ts';
import { createSampler } from './sampling.ts';

it('learns declarations in seconds, better than single characters tell, and writes and reports', async () => {
  await chooseBackend('auto');
  const { train, heldOut, name } = await readCorpus();
  expect(train.length).toBeGreaterThan(2_000_000);
  expect(train).not.toContain('\r');
  expect(train.match(/Copyright/g)).toBeNull();
  const corpus: Corpus = { name, train: train.slice(0, 150_000), heldOut: heldOut.slice(0, 20_000) };
  const learner = createLearner(corpus, {
    ...defaultPlan,
    readers: 16,
    steps: 32,
    units: 48,
    learningRate: 0.01,
    trainingSteps: 200,
  });
  await learn(learner, corpus);
  const bits = learner.curve.at(-1)?.heldOut ?? Number.NaN;
  // Characters alike take 6.5 bits, by their frequencies 5; a 5-gram of the whole text takes 1.1.
  expect(bits).toBeLessThan(3.6);

  const baseline = baselineOf(learner, corpus.train, corpus.heldOut);
  expect(baseline.bits).toBeLessThan(bits);
  const tokens = tokensOf(learner.tokenizer, corpus.heldOut);
  const byDistance = await bitsByDistance(learner, baseline, tokens, 16);
  expect(byDistance.network[0]).toBeGreaterThan(byDistance.network.at(-1)!);
  const [surprise] = await surprises(learner, [tokens.subarray(0, 50)]);
  let text = '';
  const sampler = createSampler({ temperature: 0.5 });
  for await (const character of generate(learner.model, learner.tokenizer, { prompt: '', length: 60, sampler })) {
    text += character;
  }
  expect(text).toHaveLength(60);
  const page = await reportOf({
    learner,
    baselineBits: baseline.bits,
    byDistance,
    surprise: { text: corpus.heldOut.slice(1, 50), bits: surprise! },
    samples: [{ how: 'temperature 0.5', prompt: '', text }],
    seconds: undefined,
  });
  expect(page).toContain('background:color-mix');
  expect(page).not.toMatch(/(src|href)="/);
});
