import type { AdamRule, OptimizerRule, RmspropRule, SgdRule } from '../backend/updates.ts';
import { OptionError } from '../errors.ts';
import { add } from '../ops/add.ts';
import { mul } from '../ops/mul.ts';
import { neg } from '../ops/neg.ts';
import type { Tensor } from '../tensor.ts';
import { adamUpdate, momentumUpdate, rmsUpdate } from './formulas.ts';

/** What one parameter's update works on. */
export interface RuleInputs {
  readonly parameter: Tensor;
  /** After clipping. */
  readonly gradient: Tensor;
  /** In the order of {@link RuleDefinition.slotNames}. */
  readonly slots: readonly Tensor[];
  readonly learningRate: number;
  /** 1 for the first step. */
  readonly step: number;
}

/** A rule in ordinary ops. */
export interface RuleDefinition<Rule> {
  /** Names of the slots that the rule keeps for each parameter, in the order in which a backend takes them. */
  slotNames(rule: Rule): readonly string[];
  /** Returns what the rule adds to a parameter, and the new slots. */
  apply(rule: Rule, inputs: RuleInputs): { readonly update: Tensor; readonly slots: readonly Tensor[] };
}

/** Definitions of rules; those that are not used may be left out, so that a bundle is without them. */
export type RuleDefinitions = {
  readonly [Kind in OptimizerRule['kind']]?: RuleDefinition<Extract<OptimizerRule, { readonly kind: Kind }>>;
};

function decayed(x: Tensor, { weightDecay }: OptimizerRule, { parameter }: RuleInputs): Tensor {
  return weightDecay === 0 ? x : add(x, mul(parameter, weightDecay));
}

function scaled(x: Tensor, { learningRate }: RuleInputs): Tensor {
  return mul(x, -learningRate);
}

/** Gradient descent with momentum, see {@link momentumUpdate}. */
export const sgdRule: Required<Pick<RuleDefinitions, 'sgd'>> = {
  sgd: {
    slotNames: ({ momentum }: SgdRule) => (momentum > 0 ? ['velocity'] : []),
    apply(rule, inputs) {
      const change = scaled(decayed(inputs.gradient, rule, inputs), inputs);
      const [old] = inputs.slots;
      if (old === undefined) return { update: change, slots: [] };
      // The rate enters the velocity, as in Keras.
      const { update, velocity } = momentumUpdate(change, old, rule);
      return { update, slots: [velocity] };
    },
  },
};

/** Adam and AdamW, see {@link adamUpdate}. */
export const adamRule: Required<Pick<RuleDefinitions, 'adam'>> = {
  adam: {
    slotNames: (_: AdamRule) => ['m', 'v'],
    apply(rule, inputs) {
      const { gradient, slots, step } = inputs;
      const averages = { m: slots[0] as Tensor, v: slots[1] as Tensor };
      const decayedGradient = rule.decoupled ? gradient : decayed(gradient, rule, inputs);
      const { update, m, v } = adamUpdate(decayedGradient, averages, { ...rule, step });
      return { update: scaled(rule.decoupled ? decayed(update, rule, inputs) : update, inputs), slots: [m, v] };
    },
  },
};

/** RMSprop, see {@link rmsUpdate}. */
export const rmspropRule: Required<Pick<RuleDefinitions, 'rmsprop'>> = {
  rmsprop: {
    slotNames: ({ centered, momentum }: RmspropRule) => [
      'meanSquare',
      ...(centered ? ['mean'] : []),
      ...(momentum > 0 ? ['momentum'] : []),
    ],
    apply(rule, inputs) {
      const { gradient, slots } = inputs;
      const averages = { meanSquare: slots[0] as Tensor, mean: rule.centered ? slots[1] : undefined };
      const { update, meanSquare, mean } = rmsUpdate(decayed(gradient, rule, inputs), averages, rule);
      const kept = mean === undefined ? [meanSquare] : [meanSquare, mean];
      const old = slots[kept.length];
      if (old === undefined) return { update: scaled(update, inputs), slots: kept };
      // Keras keeps the velocity of RMSprop along the gradient, that of SGD against it.
      const rise = mul(update, inputs.learningRate);
      const moved = momentumUpdate(rise, old, { momentum: rule.momentum, nesterov: false });
      return { update: neg(moved.update), slots: [...kept, moved.velocity] };
    },
  },
};

/**
 * Returns the definition of a rule.
 *
 * @throws {@link OptionError} when it is not among `definitions`
 */
export function definitionOf(rule: OptimizerRule, definitions: RuleDefinitions): RuleDefinition<OptimizerRule> {
  const found = definitions[rule.kind];
  if (found !== undefined) return found as RuleDefinition<OptimizerRule>;
  const known = Object.keys(definitions).join(', ');
  throw new OptionError('optimizerStep', `the rule is ${rule.kind}.`, `Rules here are ${known}.`, 'Use one of them.');
}
