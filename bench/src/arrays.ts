import { bernoulli, type HostArray, hostArray, randomBits, uniform } from '@lstm/core';
import { decodeSafetensors, encodeSafetensors } from '@lstm/io';
import { comparedSteps, type Workload, type WorkloadLayer } from './workloads.ts';

/** Weights and data of a workload by name: `x`, `y`, `0.kernel`, … . */
export type Arrays = Readonly<Record<string, HostArray>>;

const seed = 0;

/** Name of layer `index`, in our network too: dropout draws by it. */
export function layerName(index: number): string {
  return `layer${index}`;
}

/** Key of the random numbers that our dropout layer draws in a training step. */
export function dropoutKey(index: number, step: number): { seed: number; name: string; step: number } {
  return { seed, name: `${layerName(index)}/dropout`, step };
}

function drawn(name: string, shape: readonly number[], bound: number): HostArray {
  const count = shape.reduce((product, length) => product * length, 1);
  return hostArray(uniform(count, { seed, name }, { min: -bound, max: bound }), shape);
}

function integers(name: string, shape: readonly number[], limit: number): HostArray {
  const count = shape.reduce((product, length) => product * length, 1);
  const bits = randomBits(count, { seed, name });
  return hostArray(
    Int32Array.from(bits, (word) => word % limit),
    shape,
  );
}

/** The weights of a layer, drawn as PyTorch does for an LSTM: uniform within 1/√units. */
function weightsOf(layer: WorkloadLayer, index: number, width: number, batch: number): Record<string, HostArray> {
  const named = (name: string): string => `${index}.${name}`;
  const draw = (name: string, shape: readonly number[], bound: number): Record<string, HostArray> => ({
    [named(name)]: drawn(named(name), shape, bound),
  });
  switch (layer.kind) {
    case 'embedding':
      return draw('table', [layer.vocabulary, layer.size], 0.5);
    case 'coupledCell':
    case 'lstm': {
      const gates = layer.kind === 'lstm' ? 4 : 3;
      const bound = 1 / Math.sqrt(layer.units);
      return {
        ...draw('kernel', [width, gates * layer.units], bound),
        ...draw('recurrentKernel', [layer.units, gates * layer.units], bound),
        ...draw('bias', [gates * layer.units], bound),
      };
    }
    case 'dense': {
      const bound = 1 / Math.sqrt(width);
      return { ...draw('kernel', [width, layer.units], bound), ...draw('bias', [layer.units], bound) };
    }
    case 'dropout': {
      // The masks of the compared steps, so that every engine drops the same elements there.
      const masks = Array.from({ length: comparedSteps }, (_, step) => {
        const kept = bernoulli(batch * width, layer.rate, dropoutKey(index, step));
        return [...kept.map((value) => value / (1 - layer.rate))];
      });
      return { [named('masks')]: hostArray(Float32Array.from(masks.flat()), [comparedSteps, batch, width]) };
    }
  }
}

/** Draws all weights and data of a workload: the same on every machine. */
export function drawArrays({ batch, time, features, layers, loss }: Workload): Arrays {
  const arrays: Record<string, HostArray> = {};
  let width = features;
  for (const [index, layer] of layers.entries()) {
    Object.assign(arrays, weightsOf(layer, index, width, batch));
    if (layer.kind === 'embedding') {
      width = layer.size;
      arrays['x'] = integers('x', [batch, time], layer.vocabulary);
    } else if (layer.kind !== 'dropout') width = layer.units;
  }
  arrays['x'] ??= drawn('x', [batch, time, features], 1);
  if (loss === 'squares') arrays['y'] = drawn('y', [batch, width], 1);
  if (loss === 'binary') {
    const { data } = integers('y', [batch, width], 2);
    arrays['y'] = hostArray(Float32Array.from(data), [batch, width]);
  }
  if (loss === 'classes') arrays['y'] = integers('y', [batch, time], width);
  return arrays;
}

/** Returns the arrays as a safetensors file. */
export function encodeArrays(arrays: Arrays): Uint8Array {
  return encodeSafetensors(arrays);
}

/** Returns the arrays of a safetensors file. */
export function decodeArrays(bytes: Uint8Array): Arrays {
  return decodeSafetensors(bytes).tensors;
}
