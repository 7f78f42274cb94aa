import type { OptimizerRule } from '../backend/updates.ts';
import { add } from '../ops/add.ts';
import { mul } from '../ops/mul.ts';
import type { Tensor } from '../tensor.ts';
import { adamUpdate, momentumUpdate, rmsUpdate } from './formulas.ts';

/** Returns the names of the slots that a rule keeps for each parameter, in the order in which a backend takes them. */
export function slotNames(rule: OptimizerRule): readonly string[] {
  if (rule.kind === 'adam') return ['m', 'v'];
  const momentum = rule.momentum > 0;
  if (rule.kind === 'sgd') return momentum ? ['velocity'] : [];
  return ['meanSquare', ...(rule.centered ? ['mean'] : []), ...(momentum ? ['momentum'] : [])];
}

/** What one parameter's update works on. */
export interface RuleInputs {
  readonly parameter: Tensor;
  /** After clipping. */
  readonly gradient: Tensor;
  /** In the order of {@link slotNames}. */
  readonly slots: readonly Tensor[];
  readonly learningRate: number;
  /** 1 for the first step. */
  readonly step: number;
}

/** Returns what `rule` adds to a parameter, and the new slots. */
export function applyRule(rule: OptimizerRule, inputs: RuleInputs): { update: Tensor; slots: readonly Tensor[] } {
  const { parameter, gradient, slots, learningRate, step } = inputs;
  const decayed = (x: Tensor): Tensor => (rule.weightDecay === 0 ? x : add(x, mul(parameter, rule.weightDecay)));
  const scaled = (x: Tensor): Tensor => mul(x, -learningRate);
  switch (rule.kind) {
    case 'sgd': {
      const change = scaled(decayed(gradient));
      const [old] = slots;
      if (old === undefined) return { update: change, slots };
      // The rate enters the velocity, as in Keras.
      const { update, velocity } = momentumUpdate(change, old, rule);
      return { update, slots: [velocity] };
    }
    case 'adam': {
      const averages = { m: slots[0] as Tensor, v: slots[1] as Tensor };
      const { update, m, v } = adamUpdate(rule.decoupled ? gradient : decayed(gradient), averages, { ...rule, step });
      return { update: scaled(rule.decoupled ? decayed(update) : update), slots: [m, v] };
    }
    case 'rmsprop': {
      const averages = { meanSquare: slots[0] as Tensor, mean: rule.centered ? slots[1] : undefined };
      const { update, meanSquare, mean } = rmsUpdate(decayed(gradient), averages, rule);
      const kept = mean === undefined ? [meanSquare] : [meanSquare, mean];
      const old = slots[kept.length];
      if (old === undefined) return { update: scaled(update), slots: kept };
      const moved = momentumUpdate(scaled(update), old, { momentum: rule.momentum, nesterov: false });
      return { update: moved.update, slots: [...kept, moved.velocity] };
    }
  }
}
