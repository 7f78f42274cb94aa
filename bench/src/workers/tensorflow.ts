import type { HostArray } from '@lstm/core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import type { Arrays } from '../arrays.ts';
import type { Workload } from '../workloads.ts';
import { serve } from './serve.ts';

// The weights are given: the default initializers would only cost time.
const initializers = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' } as const;

function tensorOf({ data, shape }: HostArray): tf.Tensor {
  return tf.tensor(data as Float32Array, [...shape]);
}

function modelOf({ layers: specs, time, features }: Workload, arrays: Arrays): LayersModel {
  const network = sequential();
  for (const [index, spec] of specs.entries()) {
    const shape = index === 0 ? { inputShape: [time, features] } : {};
    if (spec.kind === 'lstm') {
      const { units, sequences } = spec;
      const activations = { recurrentActivation: 'sigmoid' } as const;
      network.add(layers.lstm({ units, returnSequences: sequences, ...activations, ...initializers, ...shape }));
    } else if (spec.kind === 'dense') {
      network.add(
        layers.dense({ units: spec.units, activation: spec.activation, kernelInitializer: 'zeros', ...shape }),
      );
    } else {
      throw new Error(`a ${spec.kind} layer is not needed so far`);
    }
    const names = spec.kind === 'lstm' ? ['kernel', 'recurrentKernel', 'bias'] : ['kernel', 'bias'];
    network.layers.at(-1)?.setWeights(names.map((name) => tensorOf(arrays[`${index}.${name}`] as HostArray)));
  }
  return network;
}

/** Trains with Adam; the global norm is clipped by hand, since TensorFlow.js has no option for it. */
await serve(async (workload, arrays, options) => {
  const backend = options.backend as string;
  if (!(await tf.setBackend(backend))) throw new Error(`the ${backend} backend does not start`);
  await tf.ready();
  if (workload.loss !== 'squares') throw new Error('only regression is needed so far');
  const network = modelOf(workload, arrays);
  const { learningRate, beta1, beta2, epsilon, clipNorm } = options.adam;
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  const x = tensorOf(arrays['x'] as HostArray);
  const y = tensorOf(arrays['y'] as HostArray);

  const step = async (): Promise<number> => {
    const loss = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => {
        const output = network.apply(x, { training: true }) as tf.Tensor;
        return tf.mean(tf.squaredDifference(output, y)) as tf.Scalar;
      });
      const squares = Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)));
      const norm = tf.sqrt(tf.addN(squares));
      const scale = tf.div(clipNorm, tf.maximum(norm, clipNorm));
      const clipped = Object.entries(grads).map(([name, gradient]) => ({ name, tensor: tf.mul(gradient, scale) }));
      optimizer.applyGradients(clipped);
      return value;
    });
    const [value] = await loss.data();
    loss.dispose();
    return value as number;
  };
  return {
    version: tf.version_core,
    settings: `${tf.getBackend()} backend`,
    async compare() {
      const losses: number[] = [];
      while (losses.length < options.comparedSteps) losses.push(await step());
      return { losses };
    },
    async run(repeat) {
      for (let i = 0; i < repeat; i++) await step();
    },
  };
});
