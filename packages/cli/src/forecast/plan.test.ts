import { describe, expect, it } from 'vitest';
import { planOf } from './plan.ts';
import { inCode } from './wording.ts';

const sizes = { window: 20, horizon: 2, wording: inCode };

const steps = (time: number, ...marked: readonly number[]): boolean[] =>
  Array.from({ length: time }, (_, step) => marked.includes(step));

describe('planOf', () => {
  it('gives every window to the part that it predicts', () => {
    expect(planOf({ guessed: steps(40), foreseen: steps(40) }, sizes)).toEqual({
      trained: 28,
      train: [21, 22, 23, 24, 25, 26],
      validation: [28, 29, 30, 31, 32],
      test: [34, 35, 36, 37, 38],
    });
  });

  it('leaves out windows that end in a gap filled by later values, and those without a known target', () => {
    const { train, test } = planOf({ guessed: steps(40, 24, 25, 36), foreseen: steps(40, 24, 36) }, sizes);
    expect(train).toEqual([21, 22, 23, 26]);
    expect(test).toEqual([34, 35, 36, 38]);
  });

  it('says when gaps leave a part no window', () => {
    const foreseen = steps(40, 33, 34, 35, 36, 37);
    expect(() => planOf({ guessed: foreseen, foreseen }, sizes)).toThrowErrorMatchingInlineSnapshot(
      `[DataError: [forecast] gaps leave the test part no window. What was filled is not scored, and a window does not end in a gap that was filled by what came later. Use fill: 'previous', or a part of the file with fewer gaps.]`,
    );
  });

  it('says when the series is too short', () => {
    expect(() => planOf({ guessed: steps(1), foreseen: steps(1) }, sizes)).toThrow('the series has 1 step. ');
    for (const [window, horizon] of [
      [36, 12],
      [1, 1],
    ] as const) {
      const plan = (time: number) => () =>
        planOf({ guessed: steps(time), foreseen: steps(time) }, { ...sizes, window, horizon });
      let least = 1;
      expect(plan(least)).toThrow(/take at least \d+/);
      try {
        plan(least)();
      } catch (error) {
        least = Number(/take at least (\d+)/.exec(String(error))?.[1]);
      }
      expect(plan(least)).not.toThrow();
      expect(plan(least - 1)).toThrow(`take at least ${least}`);
    }
  });
});
