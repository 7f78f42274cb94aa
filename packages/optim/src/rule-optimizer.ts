import { checkRange, type OptimizerRule, type RuleDefinition, runOptimizerStep, zeros } from '@lstm/core';
import { createOptimizer, type Optimizer } from './optimizer.ts';
import type { Schedule } from './schedules.ts';

/** Options that every ready optimizer takes. */
export interface OptimizerOptions {
  /** A number of at least 0, or a function of the number of steps done so far. Default 0.001, in `sgd` 0.01. */
  readonly learningRate?: number | Schedule;
  /** Upper bound of the global norm of all gradients (Pascanu et al. 2013). None by default. */
  readonly clipNorm?: number;
  /** Bound of each gradient element, applied before `clipNorm`. None by default. */
  readonly clipValue?: number;
}

/** Names of {@link OptimizerOptions}, for checks. */
export const commonOptions = ['learningRate', 'clipNorm', 'clipValue'] as const;

/**
 * Returns an optimizer that applies `rule` to all parameters, in one call of the backend where it can.
 *
 * @param settings - the options that became the rule, for the config
 */
export function createRuleOptimizer<Kind extends OptimizerRule['kind']>(
  type: string,
  rule: Extract<OptimizerRule, { readonly kind: Kind }>,
  definition: { readonly [K in Kind]: RuleDefinition<Extract<OptimizerRule, { readonly kind: K }>> },
  settings: Readonly<Record<string, unknown>>,
  { learningRate = 0.001, clipNorm, clipValue }: OptimizerOptions,
): Optimizer {
  if (clipNorm !== undefined) checkRange(type, 'clipNorm', clipNorm, Number.MIN_VALUE);
  if (clipValue !== undefined) checkRange(type, 'clipValue', clipValue, Number.MIN_VALUE);
  checkRange(type, 'weightDecay', rule.weightDecay, 0);
  return createOptimizer({
    type,
    learningRate,
    options: {
      ...settings,
      ...(clipNorm !== undefined && { clipNorm }),
      ...(clipValue !== undefined && { clipValue }),
    },
    init: ({ shape, dtype, backend }) =>
      Object.fromEntries(
        definition[rule.kind as Kind].slotNames(rule).map((name) => [name, zeros(shape, { dtype, backend })]),
      ),
    run: (inputs, numbers) => runOptimizerStep(inputs, { rule, ...numbers, clipNorm, clipValue }, definition),
  });
}
