import type { Network } from '@lstm/layers';
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
  x: SampleData,
  y: SampleData,
  sampleWeight: SampleData | undefined,
): Promise<Samples> {
  const weights = sampleWeight === undefined ? [] : await hostArrays(where, 'sampleWeight', sampleWeight);
  const inputs = await inputsOf(where, 'x', network, x);
  const samples = samplesOf(where, inputs, await targetsOf(where, 'y', network, y), weights);
  buildFor(network, samples);
  return samples;
}
