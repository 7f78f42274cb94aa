import { assertTensor } from '../assert-tensor.ts';
import { scalarLike, type TensorLike } from '../create.ts';
import { DTypeError, OptionError } from '../errors.ts';
import { broadcastAxes, broadcastShapes, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './reshape.ts';
import { sum } from './sum.ts';

/** Returns `dy` summed over the axes along which an input of shape `shape` was repeated: the gradient of broadcasting. */
export function sumTo(dy: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(dy.shape, shape)) return dy;
  return reshape(sum(dy, { axes: broadcastAxes(shape, dy.shape), keepAxes: true }), shape);
}

/**
 * Returns both operands as tensors of one dtype; a number takes the dtype of the other operand.
 *
 * @throws {@link OptionError} when both are numbers or one is neither number nor tensor, {@link DTypeError} when the dtypes differ or
 *   a number is no int32 where the tensor is, ShapeError when the shapes do not broadcast
 */
export function operands(where: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  if (typeof a !== 'number') assertTensor(where, 'a', a);
  if (typeof b !== 'number') assertTensor(where, 'b', b);
  const like = typeof a === 'number' ? b : a;
  if (typeof like === 'number') {
    throw new OptionError(
      where,
      'both operands are numbers.',
      'One operand is a tensor.',
      `Write: ${where}(tensor(a), b).`,
    );
  }
  const [left, right] = [scalarLike(where, a, like), scalarLike(where, b, like)];
  if (left.dtype !== right.dtype) {
    throw new DTypeError(
      where,
      `a is ${left.dtype}, b is ${right.dtype}.`,
      'Operands have one dtype.',
      left.dtype === 'int32' ? `Convert it: cast(a, '${right.dtype}').` : `Convert it: cast(b, '${left.dtype}').`,
    );
  }
  broadcastShapes(where, left.shape, right.shape);
  return [left, right];
}
