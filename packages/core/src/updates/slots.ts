import type { OptimizerRule } from '../backend/updates.ts';

/** Returns the names of the slots that a rule keeps for each parameter, in the order in which a backend takes them. */
export function slotNames(rule: OptimizerRule): readonly string[] {
  if (rule.kind === 'adam') return ['m', 'v'];
  const momentum = rule.momentum > 0;
  if (rule.kind === 'sgd') return momentum ? ['velocity'] : [];
  return ['meanSquare', ...(rule.centered ? ['mean'] : []), ...(momentum ? ['momentum'] : [])];
}
