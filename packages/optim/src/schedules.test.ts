import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  type Schedule,
  stepSchedule,
  warmUpSchedule,
} from './index.ts';

interface ScheduleCase {
  readonly name: string;
  readonly options: Record<string, number>;
  readonly outputs: { readonly learningRate: { readonly data: number[] } };
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../testing/vectors/keras/schedules.json', import.meta.url), 'utf8'),
) as { cases: ScheduleCase[] };

const cosine = { learningRate: 0.5, decaySteps: 12, alpha: 0.25 };
const exponential = { learningRate: 0.5, decaySteps: 5, decayRate: 0.5 };
const ours: Readonly<Record<string, Schedule>> = {
  exponential: exponentialSchedule(exponential),
  'exponential, staircase': exponentialSchedule({ ...exponential, staircase: true }),
  'piecewise constant': stepSchedule({ boundaries: [3, 8], learningRates: [0.5, 0.125, 0.03125] }),
  cosine: cosineSchedule(cosine),
  'cosine with warm-up': warmUpSchedule({ warmUpSteps: 4, startRate: 0.125, schedule: cosineSchedule(cosine) }),
};

describe('schedules', () => {
  it.each(cases.map((each) => [each.name, each] as const))('%s: what Keras gives', (name, { outputs }) => {
    const schedule = ours[name] as Schedule;
    outputs.learningRate.data.forEach((rate, step) => {
      expect(schedule(step)).toBeCloseTo(rate, 12);
    });
  });

  it('teach what is wrong', () => {
    expect(() => constantSchedule(-1)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [constantSchedule] learningRate is -1. learningRate is a number at least 0. Change learningRate.]`,
    );
    expect(() => stepSchedule({ boundaries: [2, 1], learningRates: [1, 1, 1] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [stepSchedule] boundaries are [2, 1], learningRates are [1, 1, 1]. Boundaries rise, and there is one rate more than there are boundaries. Write for example { boundaries: [1000], learningRates: [1e-3, 1e-4] }.]`,
    );
    expect(() => cosineSchedule({ learningRate: 1, decaySteps: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [cosineSchedule] decaySteps is 0. decaySteps is an integer of at least 1. Write for example decaySteps: 1.]`,
    );
    // @ts-expect-error an option that does not exist
    expect(() => warmUpSchedule({ warmupSteps: 3, schedule: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [warmUpSchedule] option warmupSteps is unknown. Options are warmUpSteps, startRate, schedule. Did you mean warmUpSteps?]`,
    );
  });
});
