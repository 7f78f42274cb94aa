import {
  type Backend,
  checkRange,
  FormatError,
  type HostArray,
  hostArray,
  type OptimizerRule,
  OptionError,
  optimizerStep,
  Parameter,
  slotNames,
  type Tensor,
  zerosInitializer,
} from '@lstm/core';
import type { Schedule } from './schedules.ts';

/** Options that every optimizer takes. */
export interface OptimizerOptions {
  /** A number of at least 0, or a function of the number of updates done so far. Default 0.001, in `sgd` 0.01. */
  readonly learningRate?: number | Schedule;
  /** Upper bound of the global norm of all gradients (Pascanu et al. 2013). None by default. */
  readonly clipNorm?: number;
  /** Bound of each gradient element, applied before `clipNorm`. None by default. */
  readonly clipValue?: number;
}

/** Names of {@link OptimizerOptions}, for checks. */
export const commonOptions = ['learningRate', 'clipNorm', 'clipValue', 'weightDecay'] as const;

/** Settings of an optimizer as plain data. */
export interface OptimizerConfig {
  readonly rule: OptimizerRule;
  /** The rate of the next update when saved. */
  readonly learningRate: number;
  readonly clipNorm?: number;
  readonly clipValue?: number;
}

/** Changes parameters by their gradients. Write one of your own and the trainer takes it. */
export interface Optimizer {
  /** Updates done so far. */
  readonly iterations: number;
  /** Rate of the next update. Setting it replaces a constant rate. */
  learningRate: number;
  /**
   * Assigns new values to the parameters. When `loss` or a gradient is not finite nothing changes.
   *
   * @returns the global norm of the gradients before clipping, a scalar that the caller disposes
   */
  step(parameters: readonly Parameter[], gradients: readonly Tensor[], loss?: Tensor): Tensor;
  /** The slots by `<parameter name>/<slot>`; the tensors stay the optimizer's. */
  state(): Readonly<Record<string, Tensor>>;
  /** Continues from saved slots and a saved number of updates. */
  loadState(state: Readonly<Record<string, HostArray>>, iterations: number): void;
  /** Settings as plain data. */
  toConfig(): OptimizerConfig;
  /** Moves the slots. */
  to(backend: Backend): Promise<void>;
  /** Gives the slots' memory back. */
  dispose(): void;
}

/** Returns an optimizer that applies `rule` to all parameters, in one call of the backend where it can. */
export function createOptimizer(where: string, rule: OptimizerRule, options: OptimizerOptions): Optimizer {
  const { clipNorm, clipValue } = options;
  if (clipNorm !== undefined) checkPositive(where, 'clipNorm', clipNorm);
  if (clipValue !== undefined) checkPositive(where, 'clipValue', clipValue);
  checkRange(where, 'weightDecay', rule.weightDecay, 0);
  let rate = options.learningRate ?? 0.001;
  if (typeof rate === 'number') checkRange(where, 'learningRate', rate, 0);
  let iterations = 0;
  const slots = new Map<Parameter, readonly Parameter[]>();
  let saved: Readonly<Record<string, HostArray>> = {};

  const rateNow = (): number => {
    if (typeof rate === 'number') return rate;
    const now = rate(iterations);
    checkRange(where, `learningRate(${iterations})`, now, 0);
    return now;
  };

  const slotsOf = (parameter: Parameter): readonly Parameter[] => {
    const known = slots.get(parameter);
    if (known !== undefined) return known;
    const { shape, dtype, backend } = parameter;
    const made = slotNames(rule).map((kind) => {
      const name = `${parameter.name}/${kind}`;
      const slot = new Parameter({
        name,
        shape,
        dtype,
        backend,
        trainable: false,
        initialize: () => hostArray(zerosInitializer(shape), shape),
      });
      const values = saved[name];
      if (values !== undefined) slot.assign(values);
      return slot;
    });
    slots.set(parameter, made);
    return made;
  };

  return {
    get iterations() {
      return iterations;
    },
    get learningRate() {
      return rateNow();
    },
    set learningRate(value) {
      if (typeof rate !== 'number') {
        throw new OptionError(
          where,
          'learningRate is a schedule.',
          'Only a constant rate can be set.',
          'Put the change into the schedule.',
        );
      }
      checkRange(where, 'learningRate', value, 0);
      rate = value;
    },
    step(parameters, gradients, loss) {
      const norm = optimizerStep(
        { parameters, gradients, slots: parameters.map(slotsOf), loss },
        { rule, learningRate: rateNow(), step: iterations + 1, clipNorm, clipValue },
      );
      iterations += 1;
      return norm;
    },
    state: () => Object.fromEntries([...slots.values()].flat().map((slot) => [slot.name, slot.value])),
    loadState(state, count) {
      if (!Number.isInteger(count) || count < 0) {
        throw new FormatError(where, `iterations is ${count}.`, 'It is an integer of at least 0.', 'Check the file.');
      }
      for (const slot of [...slots.values()].flat()) {
        const values = state[slot.name];
        if (values !== undefined) slot.assign(values);
      }
      saved = state;
      iterations = count;
    },
    toConfig: () => ({
      rule,
      learningRate: rateNow(),
      ...(clipNorm !== undefined && { clipNorm }),
      ...(clipValue !== undefined && { clipValue }),
    }),
    async to(backend) {
      await Promise.all([...slots.values()].flat().map((slot) => slot.to(backend)));
    },
    dispose() {
      for (const slot of [...slots.values()].flat()) slot.dispose();
      slots.clear();
    },
  };
}

function checkPositive(where: string, option: string, value: number): void {
  checkRange(where, option, value, Number.MIN_VALUE);
}
