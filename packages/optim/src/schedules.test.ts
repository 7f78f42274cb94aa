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

function casesOf(library: 'keras' | 'pytorch'): (readonly [name: string, each: ScheduleCase])[] {
  const file = new URL(`../../testing/vectors/${library}/schedules.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: ScheduleCase[] };
  return cases.map((each) => [each.name, each]);
}

const cosine = { learningRate: 0.5, decaySteps: 12, alpha: 0.25 };
const exponential = { learningRate: 0.5, decaySteps: 5, decayRate: 0.5 };
const asKeras: Readonly<Record<string, Schedule>> = {
  exponential: exponentialSchedule(exponential),
  'exponential, staircase': exponentialSchedule({ ...exponential, staircase: true }),
  'piecewise constant': stepSchedule({ boundaries: [3, 8], learningRates: [0.5, 0.125, 0.03125] }),
  cosine: cosineSchedule(cosine),
  'cosine with warm-up': warmUpSchedule({ warmUpSteps: 4, startRate: 0.125, schedule: cosineSchedule(cosine) }),
};

const warmUp = { warmUpSteps: 4, startRate: 0.125 };
/** Ours for what PyTorch calls otherwise: `StepLR`, `MultiStepLR` (where a milestone has the new rate), `ExponentialLR`, … */
const asPyTorch: Readonly<Record<string, Schedule>> = {
  step: exponentialSchedule({ ...exponential, staircase: true }),
  'step at milestones': stepSchedule({ boundaries: [3 - 1, 8 - 1], learningRates: [0.5, 0.125, 0.03125] }),
  exponential: exponentialSchedule({ learningRate: 0.5, decaySteps: 1, decayRate: 0.875 }),
  cosine: cosineSchedule(cosine),
  'linear warm-up': warmUpSchedule({ ...warmUp, schedule: 0.5 }),
  'linear warm-up, then cosine': warmUpSchedule({ ...warmUp, schedule: cosineSchedule(cosine) }),
};

/** Compares a schedule with the rates of a case. */
function expectRates(schedule: Schedule | undefined, { outputs }: ScheduleCase): void {
  expect(outputs.learningRate.data.length).toBeGreaterThan(10);
  expect(outputs.learningRate.data.map((_, step) => schedule?.(step))).toEqual(
    outputs.learningRate.data.map((rate) => expect.closeTo(rate, 12)),
  );
}

describe('schedules', () => {
  it.each(casesOf('keras'))('%s: what Keras gives', (name, each) => expectRates(asKeras[name], each));

  it.each(casesOf('pytorch'))('%s: what PyTorch gives', (name, each) => expectRates(asPyTorch[name], each));

  it('teach what is wrong', () => {
    expect(() => constantSchedule(-1)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [constantSchedule] learningRate is -1. learningRate is a number at least 0. Change learningRate.]`,
    );
    expect(() => stepSchedule({ boundaries: [2, 1], learningRates: [1, 1, 1] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [stepSchedule] boundaries are [2, 1], learningRates are [1, 1, 1]. Boundaries rise, and there is one rate more than there are boundaries. Write for example { boundaries: [1000], learningRates: [1e-3, 1e-4] }.]`,
    );
    for (const options of [
      { learningRates: [1] },
      { boundaries: [Number.NaN], learningRates: [1, 1] },
      { boundaries: ['a'], learningRates: [1, 1] },
    ]) {
      expect(() => stepSchedule(options as never)).toThrow('Boundaries rise, and there is one rate more');
    }
    expect(() => warmUpSchedule({ warmUpSteps: 3 } as never)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [warmUpSchedule] schedule is undefined. It is the rate after the warm-up, or a schedule of rates. Write for example schedule: 1e-3.]`,
    );
    expect(() => warmUpSchedule({ warmUpSteps: 3, schedule: -1 })).toThrow('[warmUpSchedule] schedule is -1.');
    expect(() => cosineSchedule({ learningRate: 1, decaySteps: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [cosineSchedule] decaySteps is 0. decaySteps is an integer of at least 1. Write for example decaySteps: 1.]`,
    );
    // @ts-expect-error an option that does not exist
    expect(() => warmUpSchedule({ warmupSteps: 3, schedule: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: [warmUpSchedule] option warmupSteps is unknown. Options are warmUpSteps, startRate, schedule. Did you mean warmUpSteps?]`,
    );
  });
});
