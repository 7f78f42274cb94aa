export { type AdamOptions, adam, adamw } from './adam.ts';
export type { Optimizer, OptimizerConfig, OptimizerOptions } from './optimizer.ts';
export { type RmspropOptions, rmsprop } from './rmsprop.ts';
export {
  type CosineScheduleOptions,
  constantSchedule,
  cosineSchedule,
  type ExponentialScheduleOptions,
  exponentialSchedule,
  type Schedule,
  type StepScheduleOptions,
  stepSchedule,
  type WarmUpScheduleOptions,
  warmUpSchedule,
} from './schedules.ts';
export { type SgdOptions, sgd } from './sgd.ts';
