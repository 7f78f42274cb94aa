import { type Backend, matmul, type Tensor, tensor } from '@lstm/core';
import { dense, embedding, lstm, type Sequential, sequential } from '@lstm/layers';
import { adam } from '@lstm/optim';
import { compile } from '@lstm/train';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** One piece of work on one engine; resolves when it is done, to numbers that tell what was computed. */
export type Work = () => Promise<ArrayLike<number>>;

/** A piece of work that all engines do. */
export interface Workload {
  readonly name: string;
  /** Two engines that do the same give results this close, relative to the largest. */
  readonly tolerance: number;
  /** Returns the work on one of our backends, which is the default one. */
  ours(backend: Backend): Work;
  /** Returns the work on the backend that TensorFlow.js uses now. */
  theirs(): Work;
}

/** Repeatable numbers in (−scale, scale). */
function numbers(count: number, seed: number, scale = 1): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, i) => scale * (2 * (((i + 1) * 0.618_033_988_749_895 + seed * 0.3247) % 1) - 1),
  );
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A product of square matrices. */
function product(size: number): Workload {
  const [a, b] = [numbers(size * size, 1), numbers(size * size, 2)];
  return {
    name: `matmul ${size}`,
    tolerance: 1e-4,
    ours(backend) {
      const own = [a, b].map((values) => tensor(values, { shape: [size, size], backend })) as [Tensor, Tensor];
      return async () => {
        const result = matmul(...own);
        const values = await result.data();
        result.dispose();
        return values;
      };
    },
    theirs() {
      const other = [a, b].map((values) => tf.tensor2d(values, [size, size])) as [tf.Tensor2D, tf.Tensor2D];
      return async () => {
        const result = tf.matMul(...other);
        const values = await result.data();
        result.dispose();
        return values;
      };
    },
  };
}

interface Shape {
  readonly batch: number;
  readonly time: number;
  /** Features of a step, or tokens of this many kinds. */
  readonly features?: number;
  readonly vocabulary?: number;
  readonly units: readonly number[];
  readonly outputs: number;
}

function ownNetwork({ vocabulary, units, outputs, features }: Shape): Sequential {
  const layers = [
    ...(vocabulary === undefined ? [] : [embedding({ inputDim: vocabulary, outputDim: 64 })]),
    ...units.map((count, i) =>
      lstm({ units: count, returnSequences: vocabulary !== undefined || i < units.length - 1 }),
    ),
    dense({ units: outputs }),
  ];
  const network = sequential(layers);
  network.build([vocabulary === undefined ? [null, null, features ?? 1] : [null, null]]);
  return network;
}

function otherNetwork({ vocabulary, units, outputs, features, time }: Shape): tfl.Sequential {
  const network = tfl.sequential();
  if (vocabulary !== undefined) {
    network.add(tfl.layers.embedding({ inputDim: vocabulary, outputDim: 64, inputShape: [time] }));
  }
  units.forEach((count, i) => {
    network.add(
      tfl.layers.lstm({
        units: count,
        returnSequences: vocabulary !== undefined || i < units.length - 1,
        // The orthogonal one takes minutes.
        recurrentInitializer: 'glorotUniform',
        recurrentActivation: 'sigmoid',
        ...(i === 0 && vocabulary === undefined && { inputShape: [time, features ?? 1] }),
      }),
    );
  });
  const head = tfl.layers.dense({ units: outputs });
  network.add(vocabulary === undefined ? head : tfl.layers.timeDistributed({ layer: head }));
  return network;
}

function weightOf(shape: readonly number[], place: number): Float32Array {
  return numbers(sizeOf(shape), place, 0.2 / Math.sqrt(shape[0] ?? 1));
}

/** Puts the weights of all engines into ours. */
function fillOwn({ parameters }: Sequential): void {
  parameters.forEach((parameter, i) => {
    const { shape, backend } = parameter;
    parameter.assign(tensor(weightOf(shape, i), { shape, backend }));
  });
}

/** Puts the weights of all engines into theirs: in the order of the layers they have ours. */
function fillOther(network: tfl.Sequential): void {
  network.setWeights(network.getWeights().map(({ shape }, i) => tf.tensor(weightOf(shape, i), [...shape])));
}

function inputsOf({ batch, time, features = 1, vocabulary }: Shape): {
  readonly x: number[] | Float32Array;
  readonly shape: number[];
} {
  if (vocabulary === undefined) return { x: numbers(batch * time * features, 9), shape: [batch, time, features] };
  return {
    x: Array.from({ length: batch * time }, (_, i) => (i * 7 + Math.floor(i / 11)) % vocabulary),
    shape: [batch, time],
  };
}

function inference(name: string, shape: Shape): Workload {
  const input = inputsOf(shape);
  const x = { data: Float32Array.from(input.x), shape: input.shape };
  return {
    name,
    tolerance: 1e-3,
    ours() {
      const network = ownNetwork(shape);
      fillOwn(network);
      const model = compile(network, { optimizer: 'adam', loss: 'mse' });
      return async () => (await model.predict(x)).data;
    },
    theirs() {
      const network = otherNetwork(shape);
      fillOther(network);
      return async () => {
        const given = tf.tensor(x.data, input.shape);
        const result = network.predict(given) as tf.Tensor;
        const values = await result.data();
        tf.dispose([given, result]);
        return values;
      };
    },
  };
}

function training(name: string, shape: Shape): Workload {
  const input = inputsOf(shape);
  const tokens = shape.vocabulary !== undefined;
  const outputs = tokens ? [shape.batch, shape.time, shape.outputs] : [shape.batch, shape.outputs];
  const y = { data: numbers(sizeOf(outputs), 5), shape: outputs };
  const x = { data: tokens ? Int32Array.from(input.x) : Float32Array.from(input.x), shape: input.shape };
  return {
    name,
    tolerance: 1e-2,
    ours() {
      const network = ownNetwork(shape);
      fillOwn(network);
      const model = compile(network, { optimizer: adam({ learningRate: 1e-3 }), loss: 'mse' });
      return async () => [(await model.trainOnBatch(x, y))['loss'] ?? Number.NaN];
    },
    theirs() {
      const network = otherNetwork(shape);
      fillOther(network);
      network.compile({ optimizer: tf.train.adam(1e-3, 0.9, 0.999, 1e-7), loss: 'meanSquaredError' });
      return async () => {
        const given = [tf.tensor(Float32Array.from(x.data), x.shape), tf.tensor(y.data, y.shape)] as const;
        const loss = (await network.trainOnBatch(...given)) as number;
        tf.dispose([...given]);
        return [loss];
      };
    },
  };
}

const layer: Shape = { batch: 32, time: 60, features: 64, units: [128], outputs: 1 };
const characters: Shape = { batch: 32, time: 50, vocabulary: 65, units: [256, 256], outputs: 65 };

/** All workloads. */
export const workloads: readonly Workload[] = [
  product(512),
  inference('lstm forward', layer),
  training('lstm training step', layer),
  training('characters training step', characters),
];
