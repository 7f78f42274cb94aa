export {
  binaryCrossentropy,
  type CrossentropyOptions,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
} from './crossentropy.ts';
export type { Loss, LossOptions } from './reduce.ts';
export { type HuberOptions, huber, meanAbsoluteError, meanSquaredError } from './regression.ts';
