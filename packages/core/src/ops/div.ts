import { assertFloat } from '../assert-tensor.ts';
import type { TensorLike } from '../create.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { operands, sumTo } from './broadcast.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';

/**
 * Returns `a / b`, broadcast together.
 *
 * Gradient: `da = dy / b`, `db = −dy · y / b`, summed where broadcast.
 *
 * @throws {@link ShapeError} when the shapes do not broadcast, {@link DTypeError} for int32 or when the dtypes differ
 *
 * @example
 * ```ts
 * import { div, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await div(tensor([1, 2]), 4).data()); // => Float32Array(2) [ 0.25, 0.5 ]
 * ```
 */
export function div(a: TensorLike, b: TensorLike): Tensor {
  const [left, right] = operands('div', a, b);
  assertFloat('div', 'a', left);
  const [leftShape, rightShape] = [left.shape, right.shape];
  return op({
    name: 'div',
    inputs: [left, right],
    keep: { inputs: [1], outputs: true },
    forward: (kernels, x, y) => kernels.binary('div', x, y),
    gradients: [
      (dy, saved) => sumTo(div(dy, saved.input(1)), leftShape),
      (dy, saved) => sumTo(neg(div(mul(dy, saved.output()), saved.input(1))), rightShape),
    ],
  });
}
