import { type HostArray, hostArray, noGrad, type Tensor, tidy } from '@lstm/core';
import type { Network } from '@lstm/layers';
import type { BatchSource } from './batches.ts';
import { Pacer } from './pacer.ts';
import { joinRows } from './samples.ts';
import { backendOf, upload } from './step.ts';

/** Resolves to all outputs of a network, batch after batch. */
export async function predictBatches(
  network: Network,
  source: BatchSource,
): Promise<readonly HostArray<Float32Array>[]> {
  const parts: HostArray[][] = [];
  const backend = backendOf(network);
  const pacer = new Pacer(backend);
  for await (const { inputs } of source.epoch(0)) {
    const outputs = noGrad(() => tidy(() => network.runAll(upload(inputs, backend)).outputs));
    const read = async (output: Tensor): Promise<HostArray> => hostArray(await output.data(), output.shape);
    try {
      const arrays = await Promise.all(outputs.map(read));
      arrays.forEach((array, i) => {
        parts[i] ??= [];
        parts[i].push(array);
      });
    } finally {
      for (const output of outputs) output.dispose();
    }
    await pacer.breathe();
  }
  return parts.map((each) => joinRows(each) as HostArray<Float32Array>);
}
