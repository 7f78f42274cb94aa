import { assertTensors } from '../assert-tensor.ts';
import { ShapeError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { tidy } from '../scope.ts';
import { formatShape, normalizeAxis, sameShape } from '../shape.ts';
import { commonBackend } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { type AxisOptions, concat } from './concat.ts';
import { reshape } from './reshape.ts';

/**
 * Returns tensors of one shape joined along a new `axis` (default 0).
 *
 * Gradient: each input gets its part of `dy`.
 *
 * @throws {@link OptionError} for what is no list, {@link ShapeError} when there is no tensor or the shapes differ
 *
 * @example
 * ```ts
 * import { stack, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(stack([tensor([1, 2]), tensor([3, 4])], { axis: 1 }).shape); // => [ 2, 2 ]
 * ```
 */
export function stack(xs: readonly Tensor[], options: AxisOptions = {}): Tensor {
  assertTensors('stack', 'xs', xs);
  checkOptions('stack', options, ['axis']);
  const [first] = xs;
  if (first === undefined || !xs.every((x) => sameShape(x.shape, first.shape))) {
    throw new ShapeError(
      'stack',
      first === undefined ? 'there are no tensors.' : `shapes are ${xs.map((x) => formatShape(x.shape)).join(', ')}.`,
      'stack takes at least one tensor, all of one shape.',
      'To join along an existing axis use concat(xs, { axis }).',
    );
  }
  commonBackend('stack', xs);
  const axis = normalizeAxis('stack', options.axis ?? 0, first.rank + 1);
  const shape = first.shape.toSpliced(axis, 0, 1);
  return tidy(() =>
    concat(
      xs.map((x) => reshape(x, shape)),
      { axis },
    ),
  );
}
