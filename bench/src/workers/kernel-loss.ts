import type { BinaryKind, UnaryKind, View } from '@lstm/core';
import type { WorkloadLoss } from '../workloads.ts';
import type { Device } from './kernel-device.ts';

/** A scalar, and its gradient by the output. */
export interface LossWithGradient {
  readonly loss: View;
  readonly gradient: View;
}

/** Returns the loss of a workload's output `[rows, width]`. */
export function lossWithGradient(
  device: Device,
  kind: WorkloadLoss | undefined,
  output: View,
  y: View,
): LossWithGradient {
  const { kernels } = device.backend;
  const count = y.shape.reduce((product, length) => product * length, 1);
  const constant = (value: number, shape: readonly number[] = [1, 1]): View =>
    device.keep(kernels.fill(shape, value, 'float32'));
  const binary = (name: BinaryKind, a: View, b: View): View => device.keep(kernels.binary(name, a, b));
  const unary = (name: UnaryKind, x: View): View => device.keep(kernels.unary(name, x));
  const mean = (x: View): View => {
    const sum = device.keep(kernels.reduce('sum', x, [...x.shape.keys()]));
    return binary('mul', sum, constant(1 / count, sum.shape));
  };
  switch (kind) {
    case 'squares': {
      const difference = binary('sub', output, y);
      return {
        loss: mean(binary('mul', difference, difference)),
        gradient: binary('mul', difference, constant(2 / count)),
      };
    }
    case 'binary': {
      // max(x, 0) − x·y + log(1 + e^−|x|)
      const positive = unary('relu', output);
      const tail = unary('log1p', unary('exp', unary('neg', unary('abs', output))));
      const values = binary('add', binary('sub', positive, binary('mul', output, y)), tail);
      const slope = binary('sub', unary('sigmoid', output), y);
      return { loss: mean(values), gradient: binary('mul', slope, constant(1 / count)) };
    }
    case 'classes': {
      const kernel = device.backend.fused?.softmaxCrossEntropy;
      if (kernel === undefined) throw new Error('the backend has no fused softmaxCrossEntropy');
      const inputs = { logits: output, labels: { ...y, shape: [count] } };
      const { outputs, saved } = kernel.forward(inputs, {}, true);
      device.keep(outputs.y);
      device.later(() => kernel.release(saved));
      const { logits } = kernel.backward(saved, { y: constant(1 / count, [count]) }, new Set(['logits']));
      if (logits === undefined) throw new Error('softmaxCrossEntropy gave no gradient');
      return { loss: mean(outputs.y), gradient: device.keep(logits) };
    }
    default:
      throw new Error('an inference has no loss');
  }
}
