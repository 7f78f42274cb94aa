import { type Optimizer, scaleByLearningRate, transformOptimizer } from '@lstm/optim';

/** An optimizer of a user's own, which no file can hold. */
export const slowing = (): Optimizer => transformOptimizer(scaleByLearningRate(), { learningRate: 0.1 });
