import { chooseBackend } from '@lstm/cli';
import { add, noGrad, slice, type Tensor, tensor } from '@lstm/core';
import { beforeAll, expect, it } from 'vitest';
import { contenders } from './contenders.ts';
import { gradientFlow } from './gradient-flow.ts';
import { createLearner, disposeLearner, type Learner } from './learner.ts';
import { adding, type Problem, recall } from './problems.ts';

beforeAll(async () => {
  await chooseBackend('reference');
});

const [time, units] = [7, 3];

/** The loss of the one sample when state `which` after step `t` is moved by `by`. */
async function movedLoss(
  { recurrent, head }: Learner,
  problem: Problem,
  { t, which, by }: { readonly t: number; readonly which: number; readonly by: readonly number[] },
): Promise<number> {
  const loss = noGrad(() => {
    const { x, y } = problem.samples(1, time, 2_000_000);
    const part = (from: number, to: number) => slice(tensor(x), [0, from, 0], [1, to - from, problem.features]);
    const [, ...states] = recurrent.callAll(part(0, t));
    const initialState = states.map((state, i) => (i === which ? add(state, tensor([by])) : state));
    const [h] = recurrent.callAll(part(t, time), { initialState });
    return problem.loss(head.call(h as Tensor), tensor(y));
  });
  return loss.item();
}

it.each(contenders.flatMap((contender) => [adding, recall].map((problem) => ({ contender, problem }))))(
  'is the slope of the loss in each state: $contender.name, $problem.name',
  async ({ contender, problem }) => {
    const learner = createLearner(contender, problem, { time, seed: 3, units });
    const flow = await gradientFlow(learner, problem, { time, samples: 1 });
    const [h, c] = [flow.h, flow.c].map((norms) => norms?.length);
    expect(h).toBe(time);
    expect(c).toBe(contender.name.startsWith('LSTM') ? time : undefined);
    for (const [which, norms] of [flow.h, ...(flow.c ? [flow.c] : [])].entries()) {
      for (const t of [1, 4, 6]) {
        const slopes: number[] = [];
        for (let unit = 0; unit < units; unit++) {
          const step = 0.01;
          const by = (size: number) => Array.from({ length: units }, (_, i) => (i === unit ? size : 0));
          const [up, down] = [
            await movedLoss(learner, problem, { t, which, by: by(step) }),
            await movedLoss(learner, problem, { t, which, by: by(-step) }),
          ];
          slopes.push((up - down) / (2 * step));
        }
        const expected = Math.hypot(...slopes);
        expect(Math.abs((norms[t - 1] as number) - expected)).toBeLessThan(0.02 * expected + 1e-4);
      }
    }
    disposeLearner(learner);
  },
);
