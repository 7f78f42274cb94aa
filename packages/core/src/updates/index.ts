export { type OptimizerStepInputs, optimizerStep } from './optimizer-step.ts';
export { slotNames } from './slots.ts';
