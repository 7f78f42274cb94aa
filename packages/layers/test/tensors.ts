import { type Tensor, tensor } from '@lstm/core';

/** sin 0, sin 1, … in a shape. */
export function ramp(shape: readonly number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
    { shape },
  );
}

/** The numbers of a tensor; none where there is no tensor. */
export function values(x: Tensor | undefined): number[] {
  return [...(x?.dataSync() ?? [])];
}
