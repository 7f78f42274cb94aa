import type { FusedKernel, LayerNormAttributes, LayerNormInputs, SingleOutput } from '@lstm/core';
import type { Commands } from '../commands.ts';
import { call, handleOf, type NativeView, viewOf } from '../device.ts';
import type { Handle, NativeEngine } from '../native.ts';

interface Saved {
  readonly inputs: LayerNormInputs<NativeView>;
  /** Mean and inverse standard deviation of each row. */
  readonly statistics: Handle;
}

/** Layer normalization over the last axis and its gradients. */
export function layerNormKernel(
  engine: NativeEngine,
  commands: Commands,
): FusedKernel<LayerNormInputs<NativeView>, LayerNormAttributes, SingleOutput<NativeView>> {
  return {
    supports: ({ x }) => x.shape[1] !== 0,
    forward(inputs, attributes) {
      const { x, gamma, beta } = inputs;
      const [rows, features] = x.shape as readonly [number, number];
      const [y = 0, statistics = 0] = call('layerNorm', () =>
        engine.layerNorm(x.handle, handleOf(gamma), handleOf(beta), rows, features, attributes.epsilon),
      );
      return { outputs: { y: viewOf(y, x.shape) }, saved: { inputs, statistics } satisfies Saved };
    },
    backward(saved, gradients, needs) {
      const { inputs, statistics } = saved as Saved;
      const dy = gradients.y;
      if (dy === undefined) return {};
      const { x, gamma, beta } = inputs;
      const [rows, features] = x.shape as readonly [number, number];
      const wanted = [
        needs.has('x'),
        gamma !== undefined && needs.has('gamma'),
        beta !== undefined && needs.has('beta'),
      ].map(Number);
      const [dx = 0, dgamma = 0, dbeta = 0] = call('layerNorm', () =>
        engine.layerNormBackward(x.handle, handleOf(gamma), statistics, dy.handle, rows, features, wanted),
      );
      return {
        ...(dx !== 0 && { x: viewOf(dx, x.shape) }),
        ...(dgamma !== 0 && { gamma: viewOf(dgamma, [features]) }),
        ...(dbeta !== 0 && { beta: viewOf(dbeta, [features]) }),
      };
    },
    release(saved) {
      commands.release((saved as Saved).statistics);
    },
  };
}
