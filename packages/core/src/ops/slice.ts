import { assertTensor } from '../assert-tensor.ts';
import { ShapeError } from '../errors.ts';
import { checkNumbers, formatShape, type Shape } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { pad } from './pad.ts';

/**
 * Returns the block of `x` that starts at `begin` and has shape `size`; a size of −1 reaches to the end of its axis.
 *
 * Gradient: `dx = dy` at the block's place, 0 elsewhere.
 *
 * @throws {@link ShapeError} when the block reaches outside `x`
 *
 * @example
 * ```ts
 * import { slice, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * console.log(await slice(x, [0, 1], [-1, 2]).data()); // => Float32Array(4) [ 2, 3, 5, 6 ]
 * ```
 */
export function slice(x: Tensor, begin: Shape, size: Shape): Tensor {
  assertTensor('slice', 'x', x);
  checkNumbers('slice', 'begin', begin);
  checkNumbers('slice', 'size', size);
  const { shape } = x;
  const lengths = size.map((length, axis) => (length === -1 ? (shape[axis] ?? 0) - (begin[axis] ?? 0) : length));
  const inside = shape.every((length, axis) => {
    const [first, count] = [begin[axis] ?? -1, lengths[axis] ?? -1];
    return Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0 && first + count <= length;
  });
  if (!inside || begin.length !== shape.length || size.length !== shape.length) {
    throw new ShapeError(
      'slice',
      `begin is ${formatShape(begin)}, size is ${formatShape(size)}, x is ${formatShape(shape)}.`,
      'begin and size have one number per axis, and the block lies inside x.',
      'A size of -1 reaches to the end of its axis.',
    );
  }
  const from = [...begin];
  return op({
    name: 'slice',
    inputs: [x],
    forward: (kernels, view) => kernels.slice(view, from, lengths),
    gradients: [
      (dy) =>
        pad(
          dy,
          shape.map((length, axis) => [
            from[axis] as number,
            length - (from[axis] as number) - (lengths[axis] as number),
          ]),
        ),
    ],
  });
}
