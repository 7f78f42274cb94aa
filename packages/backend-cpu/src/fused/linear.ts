import type { FusedKernel, LinearAttributes, LinearInputs, SingleOutput } from '@lstm/core';
import { call, handleOf, type NativeView, viewOf } from '../device.ts';
import { activations, type NativeEngine } from '../native.ts';

interface Saved {
  readonly inputs: LinearInputs<NativeView>;
  readonly y: NativeView;
  readonly activation: number;
}

/** `activation(x · kernel + bias)` and its gradients. */
export function linearKernel(
  engine: NativeEngine,
): FusedKernel<LinearInputs<NativeView>, LinearAttributes, SingleOutput<NativeView>> {
  const sizes = ({ x, kernel }: LinearInputs<NativeView>): [number, number, number] => [
    x.shape[0] as number,
    x.shape[1] as number,
    kernel.shape[1] as number,
  ];
  return {
    forward(inputs, attributes) {
      const { x, kernel, bias } = inputs;
      const [rows, features, units] = sizes(inputs);
      const activation = activations.indexOf(attributes.activation);
      const handle = call('linear', () =>
        engine.linear(x.handle, kernel.handle, handleOf(bias), rows, features, units, activation),
      );
      const y = viewOf(handle, [rows, units]);
      return { outputs: { y }, saved: { inputs, y, activation } satisfies Saved };
    },
    backward(saved, gradients, needs) {
      const { inputs, y, activation } = saved as Saved;
      const dy = gradients.y;
      if (dy === undefined) return {};
      const { x, kernel, bias } = inputs;
      const [rows, features, units] = sizes(inputs);
      const wanted = [needs.has('x'), needs.has('kernel'), bias !== undefined && needs.has('bias')].map(Number);
      const [dx = 0, dkernel = 0, dbias = 0] = call('linear', () =>
        engine.linearBackward(x.handle, kernel.handle, y.handle, dy.handle, rows, features, units, activation, wanted),
      );
      const found: { -readonly [Name in keyof LinearInputs<NativeView>]?: NativeView } = {};
      if (dx !== 0) found.x = viewOf(dx, x.shape);
      if (dkernel !== 0) found.kernel = viewOf(dkernel, kernel.shape);
      if (dbias !== 0) found.bias = viewOf(dbias, [units]);
      return found;
    },
    release() {},
  };
}
