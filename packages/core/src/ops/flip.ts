import { assertTensor } from '../assert-tensor.ts';
import { checkOptions } from '../options.ts';
import { tidy } from '../scope.ts';
import { normalizeAxes } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './reshape.ts';
import { stack } from './stack.ts';
import { unstack } from './unstack.ts';

/** Options of {@link flip}. */
export interface FlipOptions {
  /** Axes to reverse, negative from the end. Default all. */
  readonly axes?: number | readonly number[];
}

/**
 * Returns `x` with the order along `axes` reversed.
 *
 * Gradient: `dx = flip(dy)`.
 *
 * @throws {@link OptionError} for an axis outside the rank
 *
 * @example
 * ```ts
 * import { flip, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await flip(tensor([1, 2, 3])).data()); // => Float32Array(3) [ 3, 2, 1 ]
 * ```
 */
export function flip(x: Tensor, options: FlipOptions = {}): Tensor {
  assertTensor('flip', 'x', x);
  checkOptions('flip', options, ['axes']);
  const axes = normalizeAxes('flip', options.axes, x.rank);
  if (x.backend.kernels.flip === undefined && x.size > 0) {
    return tidy(() =>
      axes.reduce((flipped, axis) => stack(unstack(flipped, { axis }).reverse(), { axis }), reshape(x, x.shape)),
    );
  }
  return op({
    name: 'flip',
    inputs: [x],
    forward: (kernels, view) =>
      kernels.flip === undefined ? kernels.cast(view, view.dtype) : kernels.flip(view, axes),
    gradients: [(dy) => flip(dy, { axes })],
  });
}
