import type { FusedSessionLayer } from './backend/session.ts';
import type { Tensor } from './tensor.ts';

/** One layer of a session: one that kernels may know, or one that runs in ordinary ops. */
export type SessionLayer<T> =
  | FusedSessionLayer<T>
  | {
      readonly kind: 'layerNorm';
      /** `[features]` */
      readonly gamma?: T | undefined;
      /** `[features]` */
      readonly beta?: T | undefined;
      readonly epsilon?: number | undefined;
    }
  | {
      readonly kind: 'activation';
      /** From `[sessions, features]` to a tensor of that shape. */
      readonly apply: (x: Tensor) => Tensor;
    };

/** Returns whether kernels may know a layer. */
export function isFused<T>(layer: SessionLayer<T>): layer is FusedSessionLayer<T> {
  return layer.kind !== 'layerNorm' && layer.kind !== 'activation';
}
