import { chooseBackend } from '@lstm/cli';
import { beforeAll, expect, it } from 'vitest';
import { contenders } from './contenders.ts';
import { figureOf, themes } from './figure.ts';
import { createLearner, disposeLearner, stepsToSolve } from './learner.ts';
import { adding, recall } from './problems.ts';
import { reportOf } from './report.ts';
import { type Story, tellStory } from './story.ts';

beforeAll(async () => {
  await chooseBackend('auto');
});

const [time, limit] = [40, 300];
let story: Story;

it('recalls the first of 40 symbols where the start lets the gradient through, and not where it does not', async () => {
  story = await tellStory(recall, { time, seed: 0, units: 24, learningRate: 0.01, limit });
  const steps = Object.fromEntries(story.layers.map((told) => [told.name, told.steps]));
  expect(steps['LSTM, chrono']).toBeLessThanOrEqual(limit);
  expect(steps['LSTM, forget bias 1']).toBeNull();
}, 120_000);

it('sees the gradients vanish before training, slower or faster by how the layer starts', () => {
  const fall = Object.fromEntries(
    story.layers.map(({ name, before: { h } }) => [name, (h[0] as number) / (h.at(-2) as number)]),
  );
  expect(fall['simple RNN']).toBeLessThan(1e-5);
  expect(fall['GRU']).toBeLessThan(1e-4);
  expect(fall['LSTM, forget bias 1']).toBeLessThan(0.05);
  expect(fall['LSTM, chrono']).toBeGreaterThan(0.05);
  for (const { name, before } of story.layers)
    expect(before.c?.length).toBe(name.startsWith('LSTM') ? time : undefined);
});

it('tells it in a page that loads nothing, and in a picture', async () => {
  const none = { versions: 'none', steps: {} };
  const page = await reportOf({ stories: [story], measured: { ours: none, pytorch: none, ownStart: none }, seed: 0 });
  expect(page).not.toMatch(/(?:src|href)=/);
  const [, data] = /id="data">(.*?)<\/script>/.exec(page)!;
  const charts = JSON.parse(data!) as { lines: { label: string }[] }[];
  expect(charts.map(({ lines }) => lines.length)).toEqual([5, 2, 5, 2]);
  const [figure, dark] = themes.map((theme) => figureOf(story, theme));
  expect(figure?.match(/<path/g)).toHaveLength(14);
  expect(figure).not.toMatch(/NaN|undefined/);
  expect(dark).not.toBe(figure);
});

it('says when a problem was not solved within the limit', async () => {
  const [simple] = contenders;
  const learner = createLearner(simple!, adding, { time: 6, seed: 0, units: 4 });
  expect(await stepsToSolve(learner, adding, { time: 6, seed: 0, limit: 100 })).toBeNull();
  disposeLearner(learner);
});
