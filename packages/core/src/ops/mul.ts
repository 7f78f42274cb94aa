import type { TensorLike } from '../create.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { operands, sumTo } from './broadcast.ts';

/**
 * Returns the elementwise product `a · b`, broadcast together.
 *
 * Gradient: `da = dy · b`, `db = dy · a`, summed where broadcast.
 *
 * @throws {@link ShapeError} when the shapes do not broadcast, {@link DTypeError} when the dtypes differ
 *
 * @example
 * ```ts
 * import { mul, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log((await mul(tensor([1, 2, 3]), 2).data()).join(' ')); // => 2 4 6
 * ```
 */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = operands('mul', a, b);
  const [leftShape, rightShape] = [left.shape, right.shape];
  return op({
    name: 'mul',
    inputs: [left, right],
    keep: { inputs: [0, 1] },
    forward: (kernels, x, y) => kernels.binary('mul', x, y),
    gradients: [
      (dy, saved) => sumTo(mul(dy, saved.input(1)), leftShape),
      (dy, saved) => sumTo(mul(dy, saved.input(0)), rightShape),
    ],
  });
}
