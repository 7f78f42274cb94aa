import type { Logs } from './callbacks.ts';
import { EpochLogs, readPass } from './epoch-logs.ts';
import { expectFinite } from './non-finite.ts';
import { recipeFor, type Training } from './recipe.ts';
import type { Samples } from './samples.ts';
import { trainBatch } from './step.ts';

/**
 * Changes the parameters by one batch; resolves to the loss before, and the metrics.
 *
 * @throws NonFiniteError when loss or a gradient is not finite
 */
export async function trainOnBatch(training: Training, batch: Samples): Promise<Logs> {
  const { optimizer } = training;
  const recipe = recipeFor(training, batch.targets.length);
  const step = optimizer.iterations;
  const { pass, update, dispose } = trainBatch('trainOnBatch', recipe, batch);
  try {
    const [found, norm] = await Promise.all([readPass(pass, recipe), update.norm.item()]);
    await expectFinite('trainOnBatch', batch, update, { step, norm, loss: found.loss });
    const logs = new EpochLogs(recipe);
    logs.add(found, batch);
    return logs.logs();
  } finally {
    dispose();
  }
}
