import { checkRange, max, mul, notEqual, reshape, type Tensor, where } from '@lstm/core';
import type { CallContext, Layer, LayerOptions, LayerResult } from './layer.ts';
import type { PartialShape } from './shape.ts';
import { SingleInputLayer } from './single-input-layer.ts';

/** Options of {@link masking}. */
export interface MaskingOptions extends LayerOptions {
  /** A step all of whose features hold it is masked. Default 0. */
  readonly maskValue?: number;
}

class Masking extends SingleInputLayer {
  readonly type: string = 'masking';
  readonly #value: number;

  constructor(options: MaskingOptions) {
    super('masking', options, ['maskValue']);
    const { maskValue = 0 } = options;
    // NaN equals nothing, and would mask nothing.
    checkRange('masking', 'maskValue', maskValue, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    this.#value = maskValue;
  }

  override outputShapes([shape]: readonly PartialShape[]): readonly PartialShape[] {
    const rule = 'masking takes [batch, time, features].';
    this.expectInput(shape, [null, null, null], rule, 'For tokens use embedding({ maskZero: true }).');
    return [shape as PartialShape];
  }

  protected forward([x]: readonly Tensor[], { mask: given }: CallContext): LayerResult {
    const input = x as Tensor;
    const found = max(notEqual(input, this.#value), { axes: -1 });
    const mask = given === undefined ? found : mul(given, found);
    return { outputs: [where(reshape(mask, [...mask.shape, 1]), input, 0)], mask };
  }
}

/**
 * Returns a layer that masks the steps all of whose features equal `maskValue`, and sets them to 0: recurrent layers skip them,
 * losses and metrics leave them out.
 *
 * @throws OptionError when an option is unknown
 *
 * @example
 * ```ts
 * import { tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { lstm, masking, sequential } from '@lstm/layers';
 *
 * await useBackend(reference());
 * const network = sequential([masking({ maskValue: -1 }), lstm({ units: 4, returnSequences: true })]);
 * const { masks } = network.runAll([tensor([[[5], [6], [-1]]])]);
 * console.log(await masks[0]?.data()); // => Float32Array(3) [ 1, 1, 0 ]
 * ```
 */
export function masking(options: MaskingOptions = {}): Layer {
  return new Masking(options);
}
