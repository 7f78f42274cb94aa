import { Layer } from './layer.ts';

/** A layer that looks at one input, and refuses more. */
export abstract class SingleInputLayer extends Layer {
  override get inputCount(): number {
    return 1;
  }
}
