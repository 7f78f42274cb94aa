import { type Tensor, tensor } from '@lstm/core';
import type { Network } from '@lstm/layers';

/** sin 0, sin 1, … in a shape. */
export const ramp = (shape: readonly number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
    { shape },
  );
};

/** Shapes and values of all outputs. */
export async function outputsOf(network: Network, inputs: readonly Tensor[]): Promise<unknown[]> {
  return Promise.all(network.callAll(inputs).map(async (y) => [y.shape, await y.data()]));
}

/** Gives every parameter values that no initializer gives. */
export function disturb(network: Network): void {
  network.build();
  network.parameters.forEach((parameter, i) => {
    const size = parameter.shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, (_, j) => Math.fround(Math.cos(1 + i + 7 * j) / 3));
    parameter.assign({ data, shape: parameter.shape });
  });
}
