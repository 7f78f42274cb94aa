import { binaryCrossentropy, type Loss, meanSquaredError, sparseCategoricalCrossentropy } from '@lstm/core';
import { dense, dropout, embedding, type Layer, lstm, rnn, type Sequential, sequential } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { createTrainer, type Trainer } from '@lstm/train';
import { type Arrays, layerName } from '../arrays.ts';
import type { WorkerOptions } from '../protocol.ts';
import type { Workload, WorkloadLayer, WorkloadLoss } from '../workloads.ts';
import { CoupledCell } from './coupled-cell.ts';

const losses: Readonly<Record<WorkloadLoss, Loss>> = {
  squares: meanSquaredError,
  binary: (prediction, target, options) => binaryCrossentropy(prediction, target, { ...options, fromLogits: true }),
  classes: (prediction, target, options) =>
    sparseCategoricalCrossentropy(prediction, target, { ...options, fromLogits: true }),
};

function layerOf(layer: WorkloadLayer, index: number): Layer {
  const name = layerName(index);
  switch (layer.kind) {
    case 'embedding':
      return embedding({ name, inputDim: layer.vocabulary, outputDim: layer.size });
    case 'lstm':
      return lstm({ name, units: layer.units, returnSequences: layer.sequences });
    case 'coupledCell':
      return rnn(new CoupledCell(layer.units), { name });
    case 'dense':
      return dense({ name, units: layer.units, activation: layer.activation });
    case 'dropout':
      return dropout({ name, rate: layer.rate });
  }
}

/** The network of a workload with the weights it is compared with. */
function networkOf({ layers, features, time }: Workload, arrays: Arrays): Sequential {
  const network = sequential(layers.map(layerOf));
  network.build([features === 0 ? [null, time] : [null, time, features]]);
  for (const [index, layer] of network.layers.entries()) {
    for (const parameter of layer.parameters) {
      const own = parameter.name.slice(parameter.name.lastIndexOf('/') + 1);
      const values = arrays[`${index}.${own === 'embeddings' ? 'table' : own}`];
      if (values === undefined) throw new Error(`no values for ${parameter.name}`);
      parameter.assign(values);
    }
  }
  return network;
}

/** A workload as a user would write it, with the weights it is compared with. Parameters go to the default backend. */
export function trainerOf(workload: Workload, arrays: Arrays, numbers: WorkerOptions['adam']): Trainer {
  const { learningRate, beta1, beta2, epsilon, clipNorm } = numbers;
  return createTrainer(networkOf(workload, arrays), {
    optimizer: adam({ learningRate, beta1, beta2, epsilon, clipNorm }),
    loss: losses[workload.loss ?? 'squares'],
  });
}
