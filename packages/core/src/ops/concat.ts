import { assertTensors } from '../assert-tensor.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { formatShape, normalizeAxis } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { slice } from './slice.ts';

/** Options of ops that work along one axis. */
export interface AxisOptions {
  /** Negative from the end. */
  readonly axis?: number;
}

/**
 * Returns the tensors one after the other along `axis` (default 0); all other lengths are equal.
 *
 * Gradient: each input gets its part of `dy`.
 *
 * @throws {@link OptionError} for what is no list, {@link ShapeError} when there is no tensor or another length differs, {@link DTypeError} when the dtypes differ
 *
 * @example
 * ```ts
 * import { concat, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const both = concat([tensor([[1, 2]]), tensor([[3]])], { axis: 1 });
 * console.log(await both.data()); // => Float32Array(3) [ 1, 2, 3 ]
 * ```
 */
export function concat(xs: readonly Tensor[], options: AxisOptions = {}): Tensor {
  assertTensors('concat', 'xs', xs);
  checkOptions('concat', options, ['axis']);
  const [first] = xs;
  if (first === undefined) {
    throw new ShapeError('concat', 'there are no tensors.', 'concat takes at least one.', 'Check the list.');
  }
  const axis = normalizeAxis('concat', options.axis ?? 0, first.rank);
  for (const x of xs) {
    if (x.rank !== first.rank || x.shape.some((length, i) => i !== axis && length !== first.shape[i])) {
      throw new ShapeError(
        'concat',
        `shapes are ${xs.map((each) => formatShape(each.shape)).join(', ')}.`,
        `Along axis ${axis} all lengths but that of the axis are equal.`,
        'To join along a new axis use stack(xs, { axis }).',
      );
    }
    if (x.dtype !== first.dtype) {
      throw new DTypeError(
        'concat',
        `dtypes are ${xs.map((each) => each.dtype).join(', ')}.`,
        'Tensors have one dtype.',
        `Convert them: cast(x, '${first.dtype}').`,
      );
    }
  }
  let end = 0;
  const starts = xs.map((x) => {
    end += x.shape[axis] as number;
    return end - (x.shape[axis] as number);
  });
  const shapes = xs.map((x) => x.shape);
  const begin = first.shape.map(() => 0);
  return op({
    name: 'concat',
    inputs: xs,
    forward: (kernels, ...views) => kernels.concat(views, axis),
    gradients: shapes.map((shape, i) => (dy: Tensor) => slice(dy, begin.with(axis, starts[i] as number), shape)),
  });
}
