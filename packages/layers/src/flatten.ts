import { reshape, sizeOf, type Tensor } from '@lstm/core';
import type { Layer, LayerOptions } from './layer.ts';
import type { PartialShape } from './shape.ts';
import { SingleInputLayer } from './single-input-layer.ts';

class Flatten extends SingleInputLayer {
  readonly type: string = 'flatten';

  override outputShapes([shape]: readonly PartialShape[]): readonly PartialShape[] {
    const [batch = null, ...rest] = shape ?? [];
    const size = rest.includes(null) ? null : sizeOf(rest as number[]);
    return [[batch, size]];
  }

  protected forward([x]: readonly Tensor[]): Tensor {
    const [batch = 0, ...rest] = (x as Tensor).shape;
    return reshape(x as Tensor, [batch, sizeOf(rest)]);
  }

  protected override outputMask(): undefined {
    return undefined;
  }
}

/**
 * Returns a layer that joins all axes but the batch: `[batch, a, b]` gives `[batch, a·b]`. The mask ends here.
 *
 * @throws OptionError when an option is unknown
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { flatten } from '@lstm/layers';
 *
 * await useBackend(reference());
 * console.log(flatten().call(ones([2, 3, 4])).shape); // => [ 2, 12 ]
 * ```
 */
export function flatten(options: LayerOptions = {}): Layer {
  return new Flatten('flatten', options);
}
