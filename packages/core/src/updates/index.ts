export {
  type AdamUpdate,
  adamUpdate,
  clipToGlobalNorm,
  globalNorm,
  momentumUpdate,
  type RmsUpdate,
  rmsUpdate,
} from './formulas.ts';
export { optimizerStep, slotNames } from './optimizer-step.ts';
export { adamRule, type RuleDefinition, type RuleDefinitions, type RuleInputs, rmspropRule, sgdRule } from './rules.ts';
export { runOptimizerStep } from './run-optimizer-step.ts';
export { type UpdateInputs, type UpdateOutputs, updateStep } from './update-step.ts';
