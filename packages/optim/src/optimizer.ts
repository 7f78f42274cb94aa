import {
  type Backend,
  BackendMismatchError,
  checkRange,
  describeValue,
  FormatError,
  type HostArray,
  OptionError,
  type Parameter,
  type Tensor,
  type UpdateInputs,
} from '@lstm/core';
import { type Schedule, type ScheduleConfig, scheduleToConfig } from './schedules.ts';
import { SlotStore } from './slot-store.ts';
import type { Slots } from './transform.ts';

/** Settings of an optimizer as plain data, for {@link optimizerFromConfig}. */
export interface OptimizerConfig {
  /** Name of the factory, or `transforms`. */
  readonly type: string;
  /** Its options; a schedule stands there as its {@link ScheduleConfig}. */
  readonly options: Readonly<Record<string, unknown>> & { readonly learningRate: number | ScheduleConfig };
}

/** Changes parameters by their gradients. Write one of your own and the trainer takes it. */
export interface Optimizer {
  /** Steps done so far; a step that a non-finite number left without effect counts. */
  readonly iterations: number;
  /** Rate of the next step. Setting it replaces a constant rate. */
  learningRate: number;
  /**
   * Assigns new values to the trainable ones of `parameters`. When `loss` or the norm of their gradients is not finite nothing changes.
   *
   * @param gradients - one per parameter, in their order
   * @param loss - scalar
   * @returns the global norm of the gradients before clipping, a scalar that the caller disposes
   */
  step(parameters: readonly Parameter[], gradients: readonly Tensor[], loss?: Tensor): Tensor;
  /** The slots by `<parameter name>/<slot>`; the tensors stay the optimizer's. */
  state(): Readonly<Record<string, Tensor>>;
  /** Continues bit for bit from saved slots and a saved number of steps; the arrays are read at their first use. */
  loadState(state: Readonly<Record<string, HostArray>>, iterations: number): void;
  /** Settings as plain data. */
  toConfig(): OptimizerConfig;
  /** Moves the slots. */
  to(backend: Backend): Promise<void>;
  /** Gives the slots' memory back; a later step starts anew. */
  dispose(): void;
}

/** What tells optimizers apart; the rest is {@link createOptimizer}. */
export interface Method {
  /** Name in configs and errors. */
  readonly type: string;
  readonly learningRate: number | Schedule;
  /** The other options, for the config. */
  readonly options: Readonly<Record<string, unknown>>;
  /** First values of the slots of a parameter. */
  init(parameter: Tensor): Slots;
  /** Changes parameters and slots; returns the global norm. */
  run(inputs: UpdateInputs, numbers: { readonly learningRate: number; readonly step: number }): Tensor;
}

/** Returns the optimizer that keeps slots, rate and count of steps for `method`. */
export function createOptimizer(method: Method): Optimizer {
  const { type } = method;
  let rate = method.learningRate;
  if (typeof rate !== 'function') checkRange(type, 'learningRate', rate, 0);
  let iterations = 0;
  const slots = new SlotStore(type, (parameter) => method.init(parameter));

  return {
    get iterations() {
      return iterations;
    },
    get learningRate() {
      return rateAt(type, rate, iterations);
    },
    set learningRate(value) {
      if (typeof rate !== 'number') {
        throw new OptionError(
          type,
          'learningRate is a schedule.',
          'Only a constant rate can be set.',
          'Put the change into the schedule.',
        );
      }
      checkRange(type, 'learningRate', value, 0);
      rate = value;
    },
    step(parameters, gradients, loss) {
      const trainable = trainableOf(type, parameters, gradients);
      const inputs = {
        parameters: trainable,
        gradients: gradients.filter((_, i) => parameters[i]?.trainable),
        slots: trainable.map((parameter) => settledWith(type, parameter, slots.of(parameter))),
        loss,
      };
      const norm = method.run(inputs, { learningRate: rateAt(type, rate, iterations), step: iterations + 1 });
      iterations += 1;
      return norm;
    },
    state: () => Object.fromEntries(slots.all.map((slot) => [slot.name, slot.value])),
    loadState(state, count) {
      if (!Number.isInteger(count) || count < 0) {
        throw new FormatError(type, `iterations is ${count}.`, 'It is an integer of at least 0.', 'Check the file.');
      }
      slots.load(state);
      iterations = count;
    },
    toConfig() {
      const learningRate = typeof rate === 'number' ? rate : scheduleToConfig(rate);
      return { type, options: { learningRate, ...method.options } };
    },
    async to(backend) {
      await Promise.all(slots.all.map((slot) => slot.to(backend)));
    },
    dispose() {
      slots.clear();
      iterations = 0;
    },
  };
}

/** Returns the slots of a parameter; throws where it was moved without them. */
function settledWith(where: string, { name, backend }: Parameter, slots: readonly Parameter[]): readonly Parameter[] {
  const left = slots.find((slot) => slot.backend !== backend);
  if (left === undefined) return slots;
  throw new BackendMismatchError(
    where,
    `${name} was moved to another backend, ${left.name} was not.`,
    'What an optimizer keeps lives where the parameters are.',
    'Move both: await trainer.to(backend), or await optimizer.to(backend) after the network.',
  );
}

/** Returns the parameters that a step changes; throws when there is none, or not one gradient for each. */
function trainableOf(where: string, parameters: readonly Parameter[], gradients: readonly Tensor[]): Parameter[] {
  if (!Array.isArray(parameters) || !Array.isArray(gradients)) {
    throw new OptionError(
      where,
      `parameters are ${describeValue(parameters)}, gradients are ${describeValue(gradients)}.`,
      'A step takes a list of each.',
      'Write optimizer.step(network.parameters, gradients).',
    );
  }
  if (gradients.length !== parameters.length) {
    throw new OptionError(
      where,
      `there are ${parameters.length} parameters and ${gradients.length} gradients.`,
      'Each parameter has one gradient.',
      'Pass the gradients in the order of the parameters.',
    );
  }
  const trainable = parameters.filter((parameter) => parameter.trainable);
  if (trainable.length > 0) return trainable;
  throw new OptionError(
    where,
    `none of ${parameters.length} parameters is trainable.`,
    'A step changes at least one.',
    'Set trainable = true on a parameter or a layer.',
  );
}

function rateAt(where: string, rate: number | Schedule, step: number): number {
  if (typeof rate === 'number') return rate;
  const now = rate(step);
  if (Number.isFinite(now) && now >= 0) return now;
  throw new OptionError(
    where,
    `the schedule gives the learning rate ${now} at step ${step}.`,
    'A learning rate is a number of at least 0.',
    'Change the schedule.',
  );
}
