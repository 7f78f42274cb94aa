import { concat, maximum, ShapeError, type Tensor } from '@lstm/core';
import { type CallContext, Layer, type LayerOptions } from './layer.ts';
import { fits, formatPartialShape, type PartialShape } from './shape.ts';

class Concatenate extends Layer {
  readonly type: string = 'concatenate';

  override outputShapes(shapes: readonly PartialShape[]): readonly PartialShape[] {
    const [first = []] = shapes;
    for (const shape of shapes) {
      const expected = [...first.slice(0, -1), null];
      if (!fits(shape, expected)) {
        throw new ShapeError(
          this.name,
          `the inputs are ${shapes.map(formatPartialShape).join(', ')}.`,
          'All axes but the last are equal.',
          'Bring the inputs to one shape before.',
        );
      }
    }
    const features = shapes.map((shape) => shape.at(-1) ?? null);
    const total = features.includes(null) ? null : features.reduce<number>((sum, length) => sum + (length ?? 0), 0);
    return [[...first.slice(0, -1), total]];
  }

  protected forward(inputs: readonly Tensor[]): Tensor {
    return concat(inputs, { axis: -1 });
  }

  protected override outputMask(
    _: readonly Tensor[],
    mask: Tensor | undefined,
    masks: CallContext['masks'] = [mask],
  ): Tensor | undefined {
    const [first, ...others] = masks.filter((each) => each !== undefined);
    return others.reduce<Tensor | undefined>((all, each) => maximum(all as Tensor, each), first);
  }
}

/**
 * Returns a layer that joins several inputs along their last axis, in functional networks. Where inputs are masked, a step is padding
 * when it is so in all that have a mask.
 *
 * @throws OptionError when an option is unknown
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { concatenate } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const layer = concatenate();
 * console.log(layer.call([ones([2, 3]), ones([2, 4])]).shape); // => [ 2, 7 ]
 * ```
 */
export function concatenate(options: LayerOptions = {}): Layer {
  return new Concatenate('concatenate', options);
}
