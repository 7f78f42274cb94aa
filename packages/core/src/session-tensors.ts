import type { SessionLayer } from './session-layer.ts';
import { Tensor } from './tensor.ts';

/** The tensors of a layer. */
export function tensorsOf(layer: SessionLayer<Tensor>): Tensor[] {
  return Object.values(layer).filter((value) => value instanceof Tensor);
}

/** A layer with every tensor replaced. */
export function mapTensors<R>(layer: SessionLayer<Tensor>, map: (tensor: Tensor) => R): SessionLayer<R> {
  const entries = Object.entries(layer).map(([name, value]) => [name, value instanceof Tensor ? map(value) : value]);
  return Object.fromEntries(entries) as SessionLayer<R>;
}
