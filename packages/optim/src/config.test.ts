import { describe, expect, it } from 'vitest';
import {
  adam,
  adamw,
  cosineSchedule,
  type Optimizer,
  optimizerFromConfig,
  rmsprop,
  scaleByLearningRate,
  scheduleFromConfig,
  sgd,
  transformOptimizer,
  warmUpSchedule,
} from './index.ts';

const copy = (optimizer: Optimizer): Optimizer => optimizerFromConfig(JSON.parse(JSON.stringify(optimizer.toConfig())));

describe('optimizerFromConfig', () => {
  it.each([
    ['sgd', sgd({ learningRate: 0.3, momentum: 0.9, nesterov: true })],
    ['adam', adam({ beta1: 0.8, clipNorm: 1 })],
    ['adamw', adamw({ weightDecay: 0.1, clipValue: 2 })],
    ['rmsprop', rmsprop({ centered: true, rho: 0.8 })],
  ])('makes the same %s again', (_, optimizer) => {
    expect(copy(optimizer).toConfig()).toEqual(optimizer.toConfig());
  });

  it('takes schedules along', () => {
    const schedule = cosineSchedule({ learningRate: 0.5, decaySteps: 10 });
    const optimizer = sgd({ learningRate: warmUpSchedule({ warmUpSteps: 4, startRate: 0.1, schedule }) });
    expect(copy(optimizer).toConfig()).toEqual(optimizer.toConfig());
    expect(copy(optimizer).learningRate).toBe(0.1);
  });

  it('teaches what cannot be made again', () => {
    expect(() => copy(transformOptimizer(scaleByLearningRate()))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [optimizerFromConfig] optimizer type "transforms" is not known. Known are sgd, adam, adamw, rmsprop. Make an optimizer of your own again in code: loadTrainer(bytes, { optimizer }), or call its loadState.]`,
    );
    expect(() => copy(sgd({ learningRate: () => 0.1 }))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [scheduleFromConfig] the schedule was a function of your own. A config holds no code. Make the optimizer again with it, as in loadTrainer(bytes, { loss, optimizer: adam({ learningRate: … }) }).]`,
    );
    expect(() => scheduleFromConfig({ type: 'linear', options: {} })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: [scheduleFromConfig] schedule type "linear" is not known. Known are constant, step, exponential, cosine, warmUp. Make a schedule of your own again in code.]`,
    );
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'the config is undefined. A config is { type, options }. Pass what toConfig() gave.'],
    ['null', null, 'the config is null.'],
    ['a name', 'adam', 'the config is "adam".'],
    ['no options', { type: 'adam' }, 'its options are undefined.'],
    ['a number for options', { type: 'warmUp', options: 3 }, 'its options are 3.'],
    ['another part', { type: 'adam', options: {}, rate: 1 }, 'option rate is unknown.'],
  ])('refuses %s', (_, config, message) => {
    for (const read of [optimizerFromConfig, scheduleFromConfig]) {
      expect(() => read(config as never)).toThrow(`[${read.name}] ${message}`);
    }
  });

  it('names the schedule inside a config that is none', () => {
    const inside = (learningRate: unknown) => () =>
      optimizerFromConfig({ type: 'adam', options: { learningRate } } as never);
    expect(inside('slow')).toThrow('[adam] learningRate is "slow".');
    expect(inside({})).toThrow('[scheduleFromConfig] its options are undefined.');
    expect(inside({ type: 'warmUp', options: {} })).toThrow('[scheduleFromConfig] the config is undefined.');
  });
});
