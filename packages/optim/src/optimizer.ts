import {
  type Backend,
  checkRange,
  dtypeOf,
  FormatError,
  formatShape,
  type HostArray,
  hostArray,
  noGrad,
  OptionError,
  Parameter,
  sameShape,
  type Tensor,
  tidy,
  type UpdateInputs,
  zerosInitializer,
} from '@lstm/core';
import { type Schedule, type ScheduleConfig, scheduleToConfig } from './schedules.ts';
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
   * Assigns new values to the trainable ones of `parameters`. When `loss` or one of their gradients is not finite nothing changes.
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

interface Owned {
  readonly parameter: Parameter;
  readonly slots: readonly Parameter[];
}

/** A slot that was loaded, with the values of the file. */
interface Loaded {
  readonly slot: Parameter;
  readonly values: HostArray;
}

/** Returns the optimizer that keeps slots, rate and count of steps for `method`. */
export function createOptimizer(method: Method): Optimizer {
  const { type } = method;
  let rate = method.learningRate;
  if (typeof rate === 'number') checkRange(type, 'learningRate', rate, 0);
  let iterations = 0;
  const owned = new Map<string, Owned>();
  /** Slots that were loaded and whose parameter has not come yet. */
  const loaded = new Map<string, Loaded>();

  const slots = (): Parameter[] => [
    ...[...owned.values()].flatMap((each) => each.slots),
    ...[...loaded.values()].map(({ slot }) => slot),
  ];

  const clear = (): void => {
    for (const slot of slots()) slot.dispose();
    owned.clear();
    loaded.clear();
    iterations = 0;
  };

  const slotsOf = (parameter: Parameter): readonly Parameter[] => {
    const known = owned.get(parameter.name);
    if (known?.parameter === parameter) return known.slots;
    if (known !== undefined) {
      throw new OptionError(
        type,
        `${parameter.name} is not the parameter that had this name before.`,
        'An optimizer keeps its slots by parameter name.',
        'Make an optimizer for each network.',
      );
    }
    const made = noGrad(() => tidy(() => makeSlots(type, parameter, method.init(parameter.value), loaded)));
    owned.set(parameter.name, { parameter, slots: made });
    return made;
  };

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
      if (gradients.length !== parameters.length) {
        throw new OptionError(
          type,
          `there are ${parameters.length} parameters and ${gradients.length} gradients.`,
          'Each parameter has one gradient.',
          'Pass the gradients in the order of the parameters.',
        );
      }
      const trainable = parameters.filter((parameter) => parameter.trainable);
      if (trainable.length === 0) {
        throw new OptionError(
          type,
          `none of ${parameters.length} parameters is trainable.`,
          'A step changes at least one.',
          'Set trainable = true on a parameter or a layer.',
        );
      }
      const inputs = {
        parameters: trainable,
        gradients: gradients.filter((_, i) => parameters[i]?.trainable),
        slots: trainable.map(slotsOf),
        loss,
      };
      const norm = method.run(inputs, { learningRate: rateAt(type, rate, iterations), step: iterations + 1 });
      iterations += 1;
      return norm;
    },
    state: () => Object.fromEntries(slots().map((slot) => [slot.name, slot.value])),
    loadState(state, count) {
      if (!Number.isInteger(count) || count < 0) {
        throw new FormatError(type, `iterations is ${count}.`, 'It is an integer of at least 0.', 'Check the file.');
      }
      clear();
      iterations = count;
      for (const [name, values] of Object.entries(state)) {
        const { shape, data } = values;
        const slot = new Parameter({ name, shape, dtype: dtypeOf(data), trainable: false, initialize: () => values });
        loaded.set(name, { slot, values });
      }
    },
    toConfig() {
      const learningRate = typeof rate === 'number' ? rate : scheduleToConfig(rate);
      return { type, options: { learningRate, ...method.options } };
    },
    async to(backend) {
      await Promise.all(slots().map((slot) => slot.to(backend)));
    },
    dispose: clear,
  };
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

/** Returns the slots of a parameter: those of `loaded`, which it takes out, or new ones with the values of `initial`. */
function makeSlots(where: string, parameter: Parameter, initial: Slots, loaded: Map<string, Loaded>): Parameter[] {
  const prefix = `${parameter.name}/`;
  const kinds = Object.keys(initial);
  const found = [...loaded.keys()]
    .filter((name) => name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
    .map((name) => name.slice(prefix.length));
  if (found.length > 0 && !(found.length === kinds.length && kinds.every((kind) => found.includes(kind)))) {
    throw new FormatError(
      where,
      `the loaded state of ${parameter.name} is ${found.join(', ')}.`,
      `${where} keeps ${kinds.length === 0 ? 'nothing here' : kinds.join(', ')}.`,
      'Load it into an optimizer with the options of the one that was saved.',
    );
  }
  const { backend } = parameter;
  const made = Object.entries(initial).map(([kind, value]) => {
    const name = prefix + kind;
    const { shape, dtype } = value;
    const known = loaded.get(name);
    if (known === undefined) {
      const initialize = (): HostArray => hostArray(zerosInitializer(shape), shape);
      const fresh = new Parameter({ name, shape, dtype, backend, trainable: false, initialize });
      fresh.assign(value);
      return fresh;
    }
    const { slot, values } = known;
    if (!sameShape(slot.shape, shape) || slot.dtype !== dtype) {
      throw new FormatError(
        where,
        `the loaded state ${name} is ${slot.dtype} ${formatShape(slot.shape)}.`,
        `It is ${dtype} ${formatShape(shape)}.`,
        'Load the state of a network with the same layers.',
      );
    }
    if (!slot.initialized || slot.backend !== backend) {
      // `state` may have uploaded it, to the default backend. Of an empty slot `to` only notes the backend, at once.
      slot.dispose();
      void slot.to(backend);
      slot.assign(values);
    }
    return slot;
  });
  for (const slot of made) loaded.delete(slot.name);
  return made;
}
