import { type HostArray, hostArray, type Tensor, tidy, type WeightPrecision, withWeightPrecision } from '@lstm/core';
import type { Network } from '@lstm/layers';
import type { BatchSource } from './batches.ts';
import { twoInFlight } from './flights.ts';
import { Pacer } from './pacer.ts';
import { joinRows, type Samples } from './samples.ts';
import { backendOf, upload } from './step.ts';

/** Resolves to all outputs of a network, batch after batch. */
export async function predictBatches(
  network: Network,
  source: BatchSource,
  precision: WeightPrecision,
): Promise<readonly HostArray<Float32Array>[]> {
  const parts: HostArray[][] = [];
  const backend = backendOf(network);
  const pacer = new Pacer();
  const run = ({ inputs, mask: given }: Samples): readonly Tensor[] => {
    const mask = given && upload([given], backend)[0];
    return network.runAll(upload(inputs, backend), { mask }).outputs;
  };
  const launch = (batch: Samples) => {
    const outputs = withWeightPrecision(precision, () => tidy(() => run(batch)));
    const read = Promise.all(outputs.map(async (output) => hostArray(await output.data(), output.shape)));
    return {
      read,
      drop: () => {
        for (const output of outputs) output.dispose();
      },
    };
  };
  await twoInFlight(source.epoch(0), launch, async ({ read }) => {
    for (const [i, array] of (await read).entries()) {
      parts[i] ??= [];
      parts[i].push(array);
    }
    await pacer.breathe(backend);
  });
  return parts.map((each) => joinRows(each) as HostArray<Float32Array>);
}
