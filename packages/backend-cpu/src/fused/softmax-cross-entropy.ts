import type { FusedKernel, SingleOutput, SoftmaxCrossEntropyInputs } from '@lstm/core';
import type { Commands } from '../commands.ts';
import { call, type NativeView, viewOf } from '../device.ts';
import type { Handle, NativeEngine } from '../native.ts';

interface Saved {
  readonly inputs: SoftmaxCrossEntropyInputs<NativeView>;
  /** Largest logit and logarithm of the sum, for each row. */
  readonly sums: Handle;
}

/** `logsumexp(logits) − logits[label]` for each row and its gradient `softmax(logits) − onehot(label)`. */
export function softmaxCrossEntropyKernel(
  engine: NativeEngine,
  commands: Commands,
): FusedKernel<SoftmaxCrossEntropyInputs<NativeView>, Record<never, never>, SingleOutput<NativeView>> {
  return {
    supports: ({ logits }) => !logits.shape.includes(0),
    forward(inputs) {
      const { logits, labels } = inputs;
      const [rows, classes] = logits.shape as readonly [number, number];
      const [losses = 0, sums = 0] = call('softmaxCrossEntropy', () =>
        engine.softmaxCrossEntropy(logits.handle, labels.handle, rows, classes),
      );
      return { outputs: { y: viewOf(losses, [rows]) }, saved: { inputs, sums } satisfies Saved };
    },
    backward(saved, gradients) {
      const { inputs, sums } = saved as Saved;
      const dy = gradients.y;
      if (dy === undefined) return {};
      const { logits, labels } = inputs;
      const [rows, classes] = logits.shape as readonly [number, number];
      const handle = call('softmaxCrossEntropy', () =>
        engine.softmaxCrossEntropyBackward(logits.handle, labels.handle, sums, dy.handle, rows, classes),
      );
      return { logits: viewOf(handle, logits.shape) };
    },
    release(saved) {
      commands.release((saved as Saved).sums);
    },
  };
}
