import { chooseBackend } from '@lstm/cli';
import { expect, it } from 'vitest';
import { contenders } from './contenders.ts';
import { createLearner, disposeLearner } from './learner.ts';
import { problems } from './problems.ts';

it('computes the same on every backend', async () => {
  const losses: number[][] = [];
  for (const name of ['reference', 'cpu', 'gpu'] as const) {
    await chooseBackend(name);
    const found: number[] = [];
    for (const problem of problems) {
      for (const contender of contenders) {
        const learner = createLearner(contender, problem, { time: 6, seed: 0, units: 4 });
        for (let step = 0; step < 3; step++) {
          const { x, y } = problem.samples(8, 6, 0, step);
          found.push((await learner.trainer.trainOnBatch(x, y)).loss);
        }
        disposeLearner(learner);
      }
    }
    losses.push(found);
  }
  const [reference = [], ...others] = losses;
  expect(reference).toHaveLength(30);
  for (const found of others) expect(found).toEqual(reference.map((loss) => expect.closeTo(loss, 5)));
});
