import type { FusedActivation } from '../../backend/fused.ts';
import { sigmoid } from '../elementwise.ts';

/** An activation and its derivative as a function of its own output. */
export interface ScalarActivation {
  readonly apply: (x: number) => number;
  readonly slope: (y: number) => number;
}

/** Every activation that the fused kernels know. */
export const scalarActivations: Readonly<Record<FusedActivation, ScalarActivation>> = {
  linear: { apply: (x) => x, slope: () => 1 },
  tanh: { apply: Math.tanh, slope: (y) => 1 - y * y },
  sigmoid: { apply: sigmoid, slope: (y) => y * (1 - y) },
  hardSigmoid: { apply: (x) => Math.min(Math.max(x + 3, 0), 6) / 6, slope: (y) => (y > 0 && y < 1 ? 1 / 6 : 0) },
  relu: { apply: (x) => Math.max(x, 0), slope: (y) => (y > 0 ? 1 : 0) },
};
