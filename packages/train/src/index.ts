export type { Batch, Dataset, InputBatch } from './batches.ts';
export type { Callback, Logs, StopReason, TrainingControl } from './callbacks.ts';
export { type CheckpointOptions, checkpoint } from './checkpoint.ts';
export { type CompileOptions, compile, type LossName, type MetricName, type OptimizerName } from './compile.ts';
export { type EarlyStoppingOptions, earlyStopping } from './early-stopping.ts';
export type { EpochHistory, History } from './history.ts';
export { type LoadedTrainer, type LoadTrainerOptions, loadTrainer } from './load-trainer.ts';
export {
  accuracy,
  f1,
  type Metric,
  type MetricBatch,
  type MetricState,
  mae,
  mse,
  type PerOutput,
  precision,
  recall,
  rmse,
  type ThresholdOptions,
} from './metrics.ts';
export { type PredictOptions, predict, predictAll, stream } from './predict.ts';
export { type ProgressBarOptions, progressBar } from './progress-bar.ts';
export { type ReduceLearningRateOptions, reduceLearningRate } from './reduce-learning-rate.ts';
export type { SampleArray, SampleData } from './samples.ts';
export type { SaveOptions } from './save.ts';
export type { StopSignal } from './stop-signal.ts';
export {
  createTrainer,
  type EvaluateOptions,
  type FitOptions,
  type Trainer,
  type TrainerOptions,
  type ValidationData,
} from './trainer.ts';
export type { WatchOptions } from './watch.ts';
export { weighted } from './weighted.ts';
export { type FitInWorkerOptions, fitInWorker } from './worker/fit-in-worker.ts';
export type { FitWorker } from './worker/messages.ts';
export { type ServeFitOptions, serveFit } from './worker/serve-fit.ts';
