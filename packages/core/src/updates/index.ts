export {
  type AdamUpdate,
  adamUpdate,
  clipToGlobalNorm,
  globalNorm,
  momentumUpdate,
  type RmsUpdate,
  rmsUpdate,
} from './formulas.ts';
export { optimizerStep } from './optimizer-step.ts';
export { slotNames } from './rules.ts';
export { type UpdateInputs, type UpdateOutputs, updateStep } from './update-step.ts';
