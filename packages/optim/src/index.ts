export { type AdamNumbers, type AdamOptions, adam, adamw } from './adam.ts';
export { optimizerFromConfig } from './config.ts';
export type { Optimizer, OptimizerConfig } from './optimizer.ts';
export { type RmsNumbers, type RmspropOptions, rmsprop } from './rmsprop.ts';
export type { OptimizerOptions } from './rule-optimizer.ts';
export {
  type CosineScheduleOptions,
  constantSchedule,
  cosineSchedule,
  type ExponentialScheduleOptions,
  exponentialSchedule,
  type KnownSchedule,
  type Schedule,
  type ScheduleConfig,
  type StepScheduleOptions,
  scheduleFromConfig,
  stepSchedule,
  type WarmUpScheduleOptions,
  warmUpSchedule,
} from './schedules.ts';
export { type SgdOptions, sgd } from './sgd.ts';
export { chain, type Slots, type Transform, type TransformContext, type Transformed } from './transform.ts';
export { type TransformOptimizerOptions, transformOptimizer } from './transform-optimizer.ts';
export {
  addDecayedWeights,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  scaleByAdam,
  scaleByLearningRate,
  scaleByRms,
  type TraceOptions,
  trace,
} from './transforms.ts';
