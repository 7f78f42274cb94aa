import { chooseBackend } from '@lstm/cli';
import { tensor } from '@lstm/core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Corpus } from './corpus.ts';
import { generate } from './generate.ts';
import { bitsOf, createLearner, type Learner, learn, loadLearner, saveLearner, tokensOf } from './learner.ts';
import { defaultPlan } from './model.ts';
import { trainingBatch } from './readers.ts';
import { createSampler } from './sampling.ts';

beforeAll(async () => {
  await chooseBackend('auto');
});

const words = 'the cat sat on the mat, and the dog sat on the log. '.repeat(12);
const corpus: Corpus = { name: 'cats', train: words, heldOut: words.slice(0, 200) };
const plan = { ...defaultPlan, readers: 3, steps: 5, units: 6, embedding: 4, trainingSteps: 230, stepsPerEpoch: 100 };

async function weightsOf({ model }: Learner): Promise<unknown[]> {
  return Promise.all(model.network.parameters.map(({ value }) => value.data()));
}

describe('a learner', () => {
  it('goes on bit for bit where its training was stopped, in the middle of an epoch', async () => {
    const whole = createLearner(corpus, plan);
    expect(await learn(whole, corpus)).toBe('finished');

    const stopped = createLearner(corpus, plan);
    const signal = { aborted: false };
    const stop = () => {
      signal.aborted = stopped.model.optimizer.iterations >= 117;
    };
    expect(await learn(stopped, corpus, { signal, callbacks: [{ onBatchEnd: stop }] })).toBe('aborted');
    expect(stopped.model.optimizer.iterations).toBeLessThan(120);
    const resumed = loadLearner(await saveLearner(stopped));
    expect(await learn(resumed, corpus)).toBe('finished');

    expect(resumed.model.optimizer.iterations).toBe(230);
    expect(await weightsOf(resumed)).toEqual(await weightsOf(whole));
    const heldOut = ({ curve }: Learner) => curve.map(({ step, heldOut: bits }) => [step, bits]);
    expect(heldOut(resumed)).toEqual(heldOut(whole));
    expect(whole.curve.map(({ step }) => step)).toEqual([100, 200, 230]);
    expect(await learn(resumed, corpus)).toBe('finished');
    expect(resumed.model.optimizer.iterations).toBe(230);
  });

  it('learns, and measuring it changes nothing', async () => {
    const learner = createLearner(corpus, plan);
    const tokens = tokensOf(learner.tokenizer, corpus.heldOut);
    const before = await bitsOf(learner, tokens);
    expect(before).toBeCloseTo(Math.log2(learner.tokenizer.vocabulary.length), 1);
    await learn(learner, corpus);
    const states = await Promise.all(learner.model.network.states.map(({ value }) => value.data()));
    const after = await bitsOf(learner, tokens);
    expect(after).toBeLessThan(0.85 * before);
    expect(await bitsOf(learner, tokens)).toBe(after);
    expect(await Promise.all(learner.model.network.states.map(({ value }) => value.data()))).toEqual(states);
  });
});

it('computes the same on every backend', async () => {
  const losses: number[][] = [];
  const texts: string[] = [];
  for (const name of ['reference', 'cpu', 'gpu'] as const) {
    await chooseBackend(name);
    const { model, tokenizer } = createLearner(corpus, plan);
    const tokens = tokensOf(tokenizer, corpus.train);
    const found: number[] = [];
    for (let step = 0; step < 3; step++) {
      const { x, y } = trainingBatch(tokens, plan, step);
      found.push((await model.trainOnBatch(x, y)).loss);
    }
    losses.push(found);
    let text = '';
    const options = { prompt: 'the ', length: 10, sampler: createSampler() };
    for await (const character of generate(model, tokenizer, options)) text += character;
    texts.push(text);
  }
  await chooseBackend('auto');
  const [reference = [], ...others] = losses;
  for (const found of others) expect(found).toEqual(reference.map((loss) => expect.closeTo(loss, 5)));
  expect(new Set(texts).size).toBe(1);
});

describe('the single-step path', () => {
  it('expects what the batch path expects, character by character', async () => {
    const { model, tokenizer } = createLearner(corpus, plan);
    const tokens = tokensOf(tokenizer, 'the dog sat on the cat.');
    const batch = model.network.call(tensor([[...tokens]], { dtype: 'int32' }));
    const size = tokenizer.vocabulary.length;
    const expected = await batch.data();
    const session = model.stream();
    for (const [place, token] of tokens.entries()) {
      const logits = session.step(Float32Array.of(token));
      expect([...logits]).toEqual(
        Array.from(expected.slice(place * size, (place + 1) * size), (value) => expect.closeTo(value, 5)),
      );
    }
    session.dispose();
    batch.dispose();
  });

  it('writes what the batch path would write', async () => {
    const learner = createLearner(corpus, { ...plan, trainingSteps: 100 });
    await learn(learner, corpus);
    const { model, tokenizer } = learner;
    const options = { temperature: 0.8, topK: 8, topP: 0.95, seed: 3 };
    let streamed = '';
    const prompt = 'the ';
    for await (const character of generate(model, tokenizer, { prompt, length: 40, sampler: createSampler(options) })) {
      streamed += character;
    }
    // The same draws, each from a pass over the whole text so far.
    const sampler = createSampler(options);
    let text = prompt;
    while (text.length < prompt.length + 40) {
      model.network.resetStates();
      const tokens = tokensOf(tokenizer, text);
      const { data } = await model.predict([[...tokens]]);
      const logits = data.slice((tokens.length - 1) * tokenizer.vocabulary.length);
      text += tokenizer.vocabulary[sampler(logits.fill(Number.NEGATIVE_INFINITY, 0, 2))];
    }
    expect(prompt + streamed).toBe(text);
  });
});
