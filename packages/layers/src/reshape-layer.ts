import {
  describeValue,
  OptionError,
  reshape as reshapeTensor,
  type Shape,
  ShapeError,
  sizeOf,
  type Tensor,
} from '@lstm/core';
import type { Layer, LayerOptions } from './layer.ts';
import { formatPartialShape, type PartialShape } from './shape.ts';
import { SingleInputLayer } from './single-input-layer.ts';

/** Options of {@link reshape}. */
export interface ReshapeOptions extends LayerOptions {
  /** Shape of one sample, without the batch; one length may be −1 and is computed. */
  readonly targetShape: Shape;
}

class Reshape extends SingleInputLayer {
  readonly type: string = 'reshape';
  readonly #target: Shape;

  constructor(options = {} as ReshapeOptions) {
    super('reshape', options, ['targetShape']);
    const { targetShape } = options;
    if (!Array.isArray(targetShape) || !targetShape.every((length) => Number.isInteger(length) && length >= -1)) {
      throw new OptionError(
        'reshape',
        `targetShape is ${describeValue(targetShape)}.`,
        'It is a list of the lengths of the axes after the batch, −1 for one that is computed.',
        'Write for example targetShape: [3, -1].',
      );
    }
    this.#target = [...targetShape];
  }

  override outputShapes([shape]: readonly PartialShape[]): readonly PartialShape[] {
    const [batch = null, ...rest] = shape ?? [];
    if (rest.includes(null)) return [[batch, ...this.#target.map((length) => (length === -1 ? null : length))]];
    const size = sizeOf(rest as number[]);
    const known = sizeOf(this.#target.filter((length) => length !== -1));
    const target = this.#target.map((length) => (length === -1 ? size / known : length));
    if (sizeOf(target) === size && target.every(Number.isInteger)) return [[batch, ...target]];
    throw new ShapeError(
      this.name,
      `input is ${formatPartialShape(shape ?? [])}, targetShape is [${this.#target.join(', ')}].`,
      `A sample holds ${size} values before and after.`,
      'Change targetShape; it leaves the batch out.',
    );
  }

  protected forward([x]: readonly Tensor[]): Tensor {
    const [batch = 0] = (x as Tensor).shape;
    return reshapeTensor(x as Tensor, [batch, ...this.#target]);
  }

  protected override outputMask(): undefined {
    return undefined;
  }
}

/**
 * Returns a layer that gives each sample another shape. The mask ends here.
 *
 * @throws OptionError when `targetShape` is none, ShapeError when the number of values of a sample would change
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { reshape } from '@lstm/layers';
 *
 * await useBackend(reference());
 * console.log(reshape({ targetShape: [3, -1] }).call(ones([2, 6])).shape); // => [ 2, 3, 2 ]
 * ```
 */
export function reshape(options: ReshapeOptions): Layer {
  return new Reshape(options);
}
