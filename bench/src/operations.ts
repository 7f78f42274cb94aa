import type { Workload } from './workloads.ts';

/**
 * Returns the floating point operations of one run in its matrix products, a multiplication and an addition counted as two: what the
 * result needs, the same number for every engine. Training counts three times the forward products, less the gradient of an input that
 * nobody asks for. Where an embedding has fewer rows than there are tokens, its product with the kernel is counted once a row, since
 * equal tokens give equal products. Elementwise work and the optimizer do not count.
 */
export function operationsOf({ batch, time, features, layers, loss }: Workload): number {
  let operations = 0;
  let rows = batch * time;
  let distinctRows = rows;
  let width = features;
  let needsInputGradient = false;
  for (const layer of layers) {
    if (layer.kind === 'embedding') {
      width = layer.size;
      distinctRows = Math.min(rows, layer.vocabulary);
      needsInputGradient = true;
    }
    if (layer.kind === 'lstm' || layer.kind === 'coupledCell' || layer.kind === 'dense') {
      const columns = { lstm: 4, coupledCell: 3, dense: 1 }[layer.kind] * layer.units;
      const input = 2 * distinctRows * columns * width;
      const recurrent = layer.kind === 'dense' ? 0 : 2 * rows * columns * layer.units;
      operations += loss === undefined ? input + recurrent : 3 * recurrent + (needsInputGradient ? 3 : 2) * input;
      width = layer.units;
      if (layer.kind === 'coupledCell' || (layer.kind === 'lstm' && !layer.sequences)) rows = batch;
      distinctRows = rows;
      needsInputGradient = true;
    }
  }
  return operations;
}
