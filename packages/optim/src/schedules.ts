import { checkInteger, checkOptions, checkRange, describeValue, FormatError, OptionError } from '@lstm/core';

/** A schedule as plain data, for {@link scheduleFromConfig}. */
export interface ScheduleConfig {
  /** `constant`, `step`, `exponential`, `cosine`, `warmUp`, or `custom` for a function of your own. */
  readonly type: string;
  /** Options of the factory. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A learning rate as a function of the number of updates done so far, 0 for the first update. */
export type Schedule = (step: number) => number;

/** A schedule that was made here, not by a function of your own. */
export interface KnownSchedule extends Schedule {
  /** Settings as plain data. */
  toConfig(): ScheduleConfig;
}

/** Returns `rateAt` with its config. */
function schedule(type: string, options: object, rateAt: Schedule): KnownSchedule {
  return Object.assign(rateAt, { toConfig: (): ScheduleConfig => ({ type, options: { ...options } }) });
}

/** Returns the config of any schedule; what a function of your own computes is not known. */
export function scheduleToConfig(rate: Schedule): ScheduleConfig {
  return 'toConfig' in rate ? (rate as KnownSchedule).toConfig() : { type: 'custom', options: {} };
}

/**
 * Returns the schedule that always gives `learningRate`.
 *
 * @throws OptionError when the rate is negative or not finite
 *
 * @example
 * ```ts
 * import { constantSchedule } from '@lstm/optim';
 *
 * console.log(constantSchedule(0.1)(1000)); // => 0.1
 * ```
 */
export function constantSchedule(learningRate: number): KnownSchedule {
  checkRange('constantSchedule', 'learningRate', learningRate, 0);
  return schedule('constant', { learningRate }, () => learningRate);
}

/** Options of {@link stepSchedule}. */
export interface StepScheduleOptions {
  /** Numbers of updates, rising, after which the rate changes. */
  readonly boundaries: readonly number[];
  /** One rate more than there are boundaries. */
  readonly learningRates: readonly number[];
}

/**
 * Returns the piecewise constant schedule: `learningRates[i]` up to and with step `boundaries[i]` (Keras's
 * `PiecewiseConstantDecay`).
 *
 * @throws OptionError when the boundaries do not rise or the numbers of rates and boundaries do not fit
 *
 * @example
 * ```ts
 * import { stepSchedule } from '@lstm/optim';
 *
 * const schedule = stepSchedule({ boundaries: [10], learningRates: [0.1, 0.01] });
 * console.log(schedule(10), schedule(11)); // => 0.1 0.01
 * ```
 */
export function stepSchedule(options: StepScheduleOptions): KnownSchedule {
  checkOptions('stepSchedule', options, ['boundaries', 'learningRates']);
  const { boundaries, learningRates } = options;
  const lists = Array.isArray(boundaries) && Array.isArray(learningRates);
  const rises = (boundary: unknown, i: number): boolean =>
    Number.isFinite(boundary) && (i === 0 || Number(boundary) > Number(boundaries[i - 1]));
  if (!lists || !boundaries.every(rises) || learningRates.length !== boundaries.length + 1) {
    throw new OptionError(
      'stepSchedule',
      `boundaries are ${describeValue(boundaries)}, learningRates are ${describeValue(learningRates)}.`,
      'Boundaries rise, and there is one rate more than there are boundaries.',
      'Write for example { boundaries: [1000], learningRates: [1e-3, 1e-4] }.',
    );
  }
  learningRates.forEach((rate, i) => {
    checkRange('stepSchedule', `learningRates[${i}]`, rate, 0);
  });
  return schedule('step', options, (step) => {
    const index = boundaries.findIndex((boundary) => step <= boundary);
    return learningRates.at(index) as number;
  });
}

/** Options of {@link exponentialSchedule}. */
export interface ExponentialScheduleOptions {
  readonly learningRate: number;
  /** Updates after which the rate is multiplied by `decayRate`. */
  readonly decaySteps: number;
  readonly decayRate: number;
  /** Change the rate only at multiples of `decaySteps`. Default false. */
  readonly staircase?: boolean;
}

/**
 * Returns the schedule `learningRate · decayRate^(step / decaySteps)` (Keras's `ExponentialDecay`).
 *
 * @throws OptionError when an option is out of its range
 *
 * @example
 * ```ts
 * import { exponentialSchedule } from '@lstm/optim';
 *
 * const schedule = exponentialSchedule({ learningRate: 1, decaySteps: 2, decayRate: 0.25 });
 * console.log(schedule(0), schedule(1), schedule(2)); // => 1 0.5 0.25
 * ```
 */
export function exponentialSchedule(options: ExponentialScheduleOptions): KnownSchedule {
  checkOptions('exponentialSchedule', options, ['learningRate', 'decaySteps', 'decayRate', 'staircase']);
  const { learningRate, decaySteps, decayRate, staircase = false } = options;
  checkRange('exponentialSchedule', 'learningRate', learningRate, 0);
  checkRange('exponentialSchedule', 'decayRate', decayRate, 0);
  checkInteger('exponentialSchedule', 'decaySteps', decaySteps);
  return schedule('exponential', options, (step) => {
    const periods = step / decaySteps;
    return learningRate * decayRate ** (staircase ? Math.floor(periods) : periods);
  });
}

/** Options of {@link cosineSchedule}. */
export interface CosineScheduleOptions {
  /** Rate at the start. */
  readonly learningRate: number;
  /** Updates over which the rate falls. */
  readonly decaySteps: number;
  /** Rate at the end, as a fraction of the first. Default 0. */
  readonly alpha?: number;
}

/**
 * Returns the schedule that falls along half a cosine to `alpha · learningRate` and stays there (Loshchilov & Hutter 2017; Keras's
 * `CosineDecay`).
 *
 * @throws OptionError when an option is out of its range
 *
 * @example
 * ```ts
 * import { cosineSchedule } from '@lstm/optim';
 *
 * const schedule = cosineSchedule({ learningRate: 1, decaySteps: 100 });
 * console.log(schedule(0), schedule(50).toFixed(2), schedule(200)); // => 1 0.50 0
 * ```
 */
export function cosineSchedule(options: CosineScheduleOptions): KnownSchedule {
  checkOptions('cosineSchedule', options, ['learningRate', 'decaySteps', 'alpha']);
  const { learningRate, decaySteps, alpha = 0 } = options;
  checkRange('cosineSchedule', 'learningRate', learningRate, 0);
  checkRange('cosineSchedule', 'alpha', alpha, 0, 1);
  checkInteger('cosineSchedule', 'decaySteps', decaySteps);
  return schedule('cosine', options, (step) => {
    const fraction = Math.min(step, decaySteps) / decaySteps;
    return learningRate * (alpha + ((1 - alpha) * (1 + Math.cos(Math.PI * fraction))) / 2);
  });
}

/** Options of {@link warmUpSchedule}. */
export interface WarmUpScheduleOptions {
  /** Updates over which the rate rises in a straight line to the first one of `schedule`. */
  readonly warmUpSteps: number;
  /** Rate of the first update. Default 0. */
  readonly startRate?: number;
  /** What follows; its steps count from the end of the warm-up. */
  readonly schedule: Schedule | number;
}

/**
 * Returns the schedule that rises over `warmUpSteps` updates and then follows another one (Goyal et al. 2017).
 *
 * @throws OptionError when an option is out of its range
 *
 * @example
 * ```ts
 * import { cosineSchedule, warmUpSchedule } from '@lstm/optim';
 *
 * const schedule = warmUpSchedule({ warmUpSteps: 4, schedule: cosineSchedule({ learningRate: 1, decaySteps: 100 }) });
 * console.log(schedule(0), schedule(1), schedule(4)); // => 0 0.25 1
 * ```
 */
export function warmUpSchedule(options: WarmUpScheduleOptions): KnownSchedule {
  checkOptions('warmUpSchedule', options, ['warmUpSteps', 'startRate', 'schedule']);
  const { warmUpSteps, startRate = 0 } = options;
  checkRange('warmUpSchedule', 'startRate', startRate, 0);
  checkInteger('warmUpSchedule', 'warmUpSteps', warmUpSteps);
  const given = options.schedule;
  if (typeof given !== 'number' && typeof given !== 'function') {
    throw new OptionError(
      'warmUpSchedule',
      `schedule is ${describeValue(given)}.`,
      'It is the rate after the warm-up, or a schedule of rates.',
      'Write for example schedule: 1e-3.',
    );
  }
  if (typeof given === 'number') checkRange('warmUpSchedule', 'schedule', given, 0);
  const after = typeof given === 'number' ? constantSchedule(given) : given;
  return schedule('warmUp', { warmUpSteps, startRate, schedule: scheduleToConfig(after) }, (step) =>
    step < warmUpSteps ? startRate + ((after(0) - startRate) * step) / warmUpSteps : after(step - warmUpSteps),
  );
}

const factories: Readonly<Record<string, (options: never) => KnownSchedule>> = {
  constant: (options: { learningRate: number }) => {
    checkOptions('constantSchedule', options, ['learningRate']);
    return constantSchedule(options.learningRate);
  },
  step: stepSchedule,
  exponential: exponentialSchedule,
  cosine: cosineSchedule,
  warmUp: (options: { warmUpSteps: number; startRate: number; schedule: ScheduleConfig }) =>
    warmUpSchedule({ ...options, schedule: scheduleFromConfig(options.schedule) }),
};

/** Throws unless `config` has the parts of one. */
export function checkConfig(where: string, config: { readonly type: string; readonly options: object }): void {
  const refuse = (fact: string): never => {
    throw new FormatError(where, fact, 'A config is { type, options }.', 'Pass what toConfig() gave.');
  };
  if (typeof config !== 'object' || config === null) refuse(`the config is ${describeValue(config)}.`);
  checkOptions(where, config, ['type', 'options']);
  const { options } = config;
  if (typeof options !== 'object' || options === null) refuse(`its options are ${describeValue(options)}.`);
}

/**
 * Returns the schedule that `config` describes.
 *
 * @throws FormatError when it is no config or the type is not known, OptionError when its options are not valid
 *
 * @example
 * ```ts
 * import { cosineSchedule, scheduleFromConfig } from '@lstm/optim';
 *
 * const config = cosineSchedule({ learningRate: 1, decaySteps: 100 }).toConfig();
 * console.log(config); // => { type: 'cosine', options: { learningRate: 1, decaySteps: 100 } }
 * console.log(scheduleFromConfig(config)(200)); // => 0
 * ```
 */
export function scheduleFromConfig(config: ScheduleConfig): KnownSchedule {
  checkConfig('scheduleFromConfig', config);
  const { type, options } = config;
  const factory = Object.hasOwn(factories, type) ? factories[type] : undefined;
  if (factory !== undefined) return factory(options as never);
  if (type === 'custom') {
    throw new FormatError(
      'scheduleFromConfig',
      'the schedule was a function of your own.',
      'A config holds no code.',
      'Make the optimizer again with it, as in loadTrainer(bytes, { loss, optimizer: adam({ learningRate: … }) }).',
    );
  }
  throw new FormatError(
    'scheduleFromConfig',
    `schedule type ${JSON.stringify(type)} is not known.`,
    `Known are ${Object.keys(factories).join(', ')}.`,
    'Make a schedule of your own again in code.',
  );
}
