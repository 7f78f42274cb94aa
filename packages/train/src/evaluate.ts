import type { Logs } from './callbacks.ts';
import { EpochLogs, readPass } from './epoch-logs.ts';
import { twoInFlight } from './flights.ts';
import { breathe } from './pacer.ts';
import { recipeFor, type Training } from './recipe.ts';
import type { Samples } from './samples.ts';
import { backendOf, buildFor, evaluateBatch } from './step.ts';

/** Resolves to the loss and the metrics of all batches of `source`, which are NaN where it was broken off before the first. */
export async function evaluateAll(
  where: string,
  training: Training,
  source: AsyncIterable<Samples> | Iterable<Samples>,
): Promise<Logs> {
  const { network } = training;
  let logs: EpochLogs | undefined;
  const launch = (batch: Samples) => {
    buildFor(network, batch);
    const recipe = recipeFor(training, batch.targets.length);
    logs ??= new EpochLogs(recipe);
    return { batch, read: readPass(evaluateBatch(where, recipe, batch), recipe) };
  };
  await twoInFlight(source, launch, async ({ batch, read }) => {
    logs?.add(await read, batch);
    await breathe(backendOf(network));
  });
  return logs?.logs() ?? { loss: Number.NaN };
}
