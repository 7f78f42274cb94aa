import type { Network } from '@lstm/layers';
import type { Dataset } from './batches.ts';
import { expectTargets } from './check-parts.ts';
import { hostArrays, inputsOf, type SampleData, type Samples, samplesOf, targetsOf } from './samples.ts';
import { buildFor } from './step.ts';

/**
 * Resolves to the samples that a trainer was given, checked, and makes the network's parameters for them.
 *
 * @throws DataError or ShapeError when they do not fit each other or the network
 */
export async function givenSamples(
  where: string,
  network: Network,
  x: SampleData | Dataset,
  y: SampleData | undefined,
  sampleWeight: SampleData | undefined,
): Promise<Samples> {
  expectTargets(where, x, y);
  const weights = sampleWeight === undefined ? [] : await hostArrays(where, 'sampleWeight', sampleWeight);
  const inputs = await inputsOf(where, 'x', network, x as SampleData);
  const samples = samplesOf(where, inputs, await targetsOf(where, 'y', network, y), weights);
  buildFor(network, samples);
  return samples;
}
