import { hostArray } from '@lstm/core';
import { describe, expect, it } from 'vitest';
import { type Scale, scoreOf } from './scores.ts';

describe('scoreOf', () => {
  const target = Float64Array.of(1, 3, 100, 4, 8, 9);
  const scale = (...guessed: readonly number[]): Scale => ({
    target,
    guessed: Array.from(target, (_, step) => guessed.includes(step)),
    trained: 4,
    season: 1,
  });
  const predictions = hostArray(Float64Array.of(5, 7, 9, 9), [2, 2]);

  it('does not score what was filled', () => {
    expect(scoreOf(predictions, [3, 4], scale())).toEqual({
      mae: 0.75,
      rmse: Math.sqrt(3 / 4),
      mase: 0.75 / (195 / 3),
      maeByStep: [1, 0.5],
    });
    expect(scoreOf(predictions, [3, 4], scale(2, 5))).toEqual({ mae: 1, rmse: 1, mase: 1 / 2, maeByStep: [1, 1] });
    expect(scoreOf(hostArray(Float64Array.of(5, 7), [1, 2]), [3], scale(4)).maeByStep).toEqual([1, Number.NaN]);
  });
});
