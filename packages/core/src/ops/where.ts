import { assertTensor } from '../assert-tensor.ts';
import type { TensorLike } from '../create.ts';
import { broadcastShapes } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { operands, sumTo } from './broadcast.ts';
import { cast } from './cast.ts';

/**
 * Returns `a` where `condition` is not 0, else `b`, all broadcast together. A choice, never a product: NaN in the value that is
 * not taken is harmless, in the gradient too.
 *
 * Gradient: `da = dy` where taken, else 0; `db` the other way round.
 *
 * @throws {@link ShapeError} when the shapes do not broadcast, {@link DTypeError} when the dtypes of `a` and `b` differ
 *
 * @example
 * ```ts
 * import { tensor, useBackend, where } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await where(tensor([1, 0]), tensor([5, 6]), 0).data()); // => Float32Array(2) [ 5, 0 ]
 * ```
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  assertTensor('where', 'condition', condition);
  const [left, right] = operands('where', a, b);
  broadcastShapes('where', condition.shape, broadcastShapes('where', left.shape, right.shape));
  const [leftShape, rightShape] = [left.shape, right.shape];
  const fits = condition.dtype !== 'int32' || left.dtype === 'int32';
  const choice = fits ? condition : cast(condition, left.dtype);
  const chosen = op({
    name: 'where',
    inputs: [choice, left, right],
    keep: { inputs: [0] },
    forward: (kernels, c, x, y) => kernels.select(c, x, y),
    gradients: [
      undefined,
      (dy, saved) => sumTo(where(saved.input(0), dy, 0), leftShape),
      (dy, saved) => sumTo(where(saved.input(0), 0, dy), rightShape),
    ],
  });
  if (!fits) choice.dispose();
  return chosen;
}
