import type { AdamRule, OptimizerRule, RmspropRule, SgdRule } from '../backend/updates.ts';
import { add } from '../ops/add.ts';
import { div } from '../ops/div.ts';
import { maximum } from '../ops/maximum.ts';
import { mul } from '../ops/mul.ts';
import { sqrt } from '../ops/sqrt.ts';
import { square } from '../ops/square.ts';
import { sub } from '../ops/sub.ts';
import type { Tensor } from '../tensor.ts';

/** What one parameter's update works on. */
export interface Update {
  readonly parameter: Tensor;
  /** After clipping. */
  readonly gradient: Tensor;
  /** In the order of `slotNames`. */
  readonly slots: readonly Tensor[];
  readonly learningRate: number;
  /** 1 for the first step. */
  readonly step: number;
}

/** New values of a parameter and its slots. */
export interface Updated {
  readonly parameter: Tensor;
  readonly slots: readonly Tensor[];
}

/** Moving average `rate · old + (1 − rate) · value`. */
function average(rate: number, old: Tensor, value: Tensor): Tensor {
  return add(mul(old, rate), mul(value, 1 - rate));
}

/** `p −= lr · g`; with momentum `v' = m·v − lr·g`, `p += v'`, or `p += m·v' − lr·g` with Nesterov's look-ahead. */
function sgd(rule: SgdRule, { parameter, gradient, slots, learningRate }: Update): Updated {
  const change = mul(gradient, -learningRate);
  const [velocity] = slots;
  if (velocity === undefined) return { parameter: add(parameter, change), slots: [] };
  const next = add(mul(velocity, rule.momentum), change);
  const taken = rule.nesterov ? add(mul(next, rule.momentum), change) : next;
  return { parameter: add(parameter, taken), slots: [next] };
}

/** `p −= lr · √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε)`: ε is not corrected, as in Keras. */
function adam(rule: AdamRule, { parameter, gradient, slots, learningRate, step }: Update): Updated {
  const [m, v] = slots as readonly [Tensor, Tensor];
  const { beta1, beta2, epsilon } = rule;
  const first = average(beta1, m, gradient);
  const second = average(beta2, v, square(gradient));
  const rate = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  const decayed = rule.decoupled ? mul(parameter, 1 - learningRate * rule.weightDecay) : parameter;
  return { parameter: sub(decayed, mul(div(first, add(sqrt(second), epsilon)), rate)), slots: [first, second] };
}

/** `p −= lr · g / √(s + ε)` with `s` the average of `g²`, less the square of the average of `g` when centered. */
function rmsprop(rule: RmspropRule, { parameter, gradient, slots, learningRate }: Update): Updated {
  const squares = average(rule.rho, slots[0] as Tensor, square(gradient));
  const means = rule.centered ? [average(rule.rho, slots[1] as Tensor, gradient)] : [];
  const variance = means.reduce((rest, mean) => sub(rest, square(mean)), squares);
  const change = div(mul(gradient, learningRate), sqrt(add(maximum(variance, 0), rule.epsilon)));
  if (rule.momentum === 0) return { parameter: sub(parameter, change), slots: [squares, ...means] };
  const velocity = add(mul(slots.at(-1) as Tensor, rule.momentum), change);
  return { parameter: sub(parameter, velocity), slots: [squares, ...means, velocity] };
}

/** Returns the update of one parameter by `rule`: the one place where the formulas stand. */
export function applyRule(rule: OptimizerRule, update: Update): Updated {
  const coupled = rule.weightDecay !== 0 && !(rule.kind === 'adam' && rule.decoupled);
  const gradient = coupled ? add(update.gradient, mul(update.parameter, rule.weightDecay)) : update.gradient;
  switch (rule.kind) {
    case 'sgd':
      return sgd(rule, { ...update, gradient });
    case 'adam':
      return adam(rule, { ...update, gradient });
    case 'rmsprop':
      return rmsprop(rule, { ...update, gradient });
  }
}
