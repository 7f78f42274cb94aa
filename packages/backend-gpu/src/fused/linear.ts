import type { FusedKernel, LinearAttributes, LinearInputs, SingleOutput } from '@lstm/core';
import { flat, mapWalks } from '../kernels/elementwise.ts';
import { matmul } from '../kernels/matmul.ts';
import { reduceKernel } from '../kernels/reduce.ts';
import { slope } from '../source/activations.ts';
import { type GpuView, reshaped, type Store } from '../store.ts';

interface Saved {
  readonly inputs: LinearInputs<GpuView>;
  readonly y: GpuView;
  readonly attributes: LinearAttributes;
}

/** `activation(x · kernel + bias)`: bias and activation are part of the product's launch. */
export function linearKernel(
  store: Store,
): FusedKernel<LinearInputs<GpuView>, LinearAttributes, SingleOutput<GpuView>, Saved> {
  return {
    supports: ({ x, kernel }) => !x.shape.includes(0) && !kernel.shape.includes(0),
    forward(inputs, attributes) {
      const { x, kernel, bias } = inputs;
      const epilogue = { bias, activation: attributes.activation };
      const y = matmul(store, x, kernel, { transposeA: false, transposeB: false }, epilogue);
      return { outputs: { y }, saved: { inputs, y, attributes } };
    },
    backward({ inputs, y, attributes }, { y: dy }, needs) {
      if (dy === undefined) return {};
      const { x, kernel, bias } = inputs;
      const { activation } = attributes;
      const result = { shape: y.shape, dtype: 'float32' } as const;
      const dz =
        activation === 'linear'
          ? dy
          : mapWalks(
              store,
              'linear',
              [flat(dy), flat(y)],
              (g, v) => `${g} * ${slope(activation, v as string)}`,
              result,
              `slope|${activation}`,
            );
      const found = {
        ...(needs.has('x') && { x: matmul(store, dz, kernel, { transposeA: false, transposeB: true }) }),
        ...(needs.has('kernel') && { kernel: matmul(store, x, dz, { transposeA: true, transposeB: false }) }),
        ...(bias && needs.has('bias') && { bias: reshaped(reduceKernel(store, 'sum', dz, [0]), bias.shape) }),
      };
      if (dz !== dy) store.free(dz.handle);
      return found;
    },
    release() {},
  };
}
