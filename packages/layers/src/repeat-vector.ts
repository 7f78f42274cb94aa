import { checkInteger, expand, reshape, type Tensor } from '@lstm/core';
import type { Layer, LayerOptions } from './layer.ts';
import type { PartialShape } from './shape.ts';
import { SingleInputLayer } from './single-input-layer.ts';

/** Options of {@link repeatVector}. */
export interface RepeatVectorOptions extends LayerOptions {
  /** Number of time steps. */
  readonly n: number;
}

class RepeatVector extends SingleInputLayer {
  readonly type: string = 'repeatVector';
  readonly #n: number;

  constructor(options = {} as RepeatVectorOptions) {
    super('repeatVector', options, ['n']);
    checkInteger('repeatVector', 'n', options.n);
    this.#n = options.n;
  }

  override outputShapes([shape]: readonly PartialShape[]): readonly PartialShape[] {
    this.expectInput(
      shape,
      [null, null],
      'repeatVector takes [batch, features].',
      'Leave returnSequences out before it.',
    );
    return [[shape?.[0] ?? null, this.#n, shape?.[1] ?? null]];
  }

  protected forward([x]: readonly Tensor[]): Tensor {
    const [batch = 0, features = 0] = (x as Tensor).shape;
    return expand(reshape(x as Tensor, [batch, 1, features]), [batch, this.#n, features]);
  }

  protected override outputMask(): undefined {
    return undefined;
  }
}

/**
 * Returns a layer that repeats a vector as the steps of a sequence: `[batch, features]` gives `[batch, n, features]`; between an
 * encoder and a decoder.
 *
 * @throws OptionError unless `n` is an integer of at least 1
 *
 * @example
 * ```ts
 * import { ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { repeatVector } from '@lstm/layers';
 *
 * await useBackend(reference());
 * console.log(repeatVector({ n: 5 }).call(ones([2, 3])).shape); // => [ 2, 5, 3 ]
 * ```
 */
export function repeatVector(options: RepeatVectorOptions): Layer {
  return new RepeatVector(options);
}
