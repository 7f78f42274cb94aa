import { assertFloat } from '../assert-tensor.ts';
import type { MatmulFlags } from '../backend/types.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { broadcastShapes, formatShape, sizeOf } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { sumTo } from './broadcast.ts';
import { stretched } from './expand.ts';
import { reshape } from './reshape.ts';

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /** Take the last two axes of `a` swapped. Default false. */
  readonly transposeA?: boolean;
  /** Take the last two axes of `b` swapped. Default false. */
  readonly transposeB?: boolean;
}

/**
 * Returns the matrix product over the last two axes, `[…, m, k] × […, k, n] → […, m, n]`; the axes before broadcast.
 *
 * Gradient: `da = dy · bᵀ`, `db = aᵀ · dy`, summed where broadcast.
 *
 * @throws {@link ShapeError} when an operand is no matrix or the inner sizes differ
 * @throws {@link DTypeError} for int32 or mixed dtypes
 *
 * @example
 * ```ts
 * import { matmul, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log((await matmul(tensor([[1, 2]]), tensor([[3], [4]])).data()).join(' ')); // => 11
 * ```
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  checkOptions('matmul', options, ['transposeA', 'transposeB']);
  const { transposeA = false, transposeB = false } = options;
  checkOperands(a, b, transposeA, transposeB);
  // One table of weights for all batches: fold the batch into the rows, a single large product.
  if (b.rank === 2 && a.rank > 2 && !transposeA) {
    const rows = reshape(a, [sizeOf(a.shape.slice(0, -1)), a.shape.at(-1) as number]);
    const product = batched(rows, b, { transposeA, transposeB });
    return reshape(product, [...a.shape.slice(0, -1), product.shape[1] as number]);
  }
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  const left = stretched(a, [...batch, ...a.shape.slice(-2)]);
  return batched(left, stretched(b, [...batch, ...b.shape.slice(-2)]), { transposeA, transposeB });
}

function checkOperands(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): void {
  assertFloat('matmul', 'a', a);
  assertFloat('matmul', 'b', b);
  const fact = `a is ${formatShape(a.shape)}, b is ${formatShape(b.shape)}.`;
  if (a.rank < 2 || b.rank < 2) {
    throw new ShapeError('matmul', fact, 'Both have at least two axes.', 'Add an axis with reshape.');
  }
  if (a.dtype !== b.dtype) {
    throw new DTypeError(
      'matmul',
      `a is ${a.dtype}, b is ${b.dtype}.`,
      'Operands have one dtype.',
      "Use cast(b, 'float32').",
    );
  }
  const inner = a.shape.at(transposeA ? -2 : -1);
  if (inner === b.shape.at(transposeB ? -1 : -2)) return;
  const other = b.shape.at(transposeB ? -2 : -1);
  throw new ShapeError(
    'matmul',
    fact,
    `Inner sizes must match (${inner} vs ${b.shape.at(transposeB ? -1 : -2)}).`,
    inner === other
      ? `Did you mean matmul(a, b, { transposeB: ${!transposeB} })?`
      : 'Check the shapes of both operands.',
  );
}

function batched(a: Tensor, b: Tensor, flags: MatmulFlags): Tensor {
  const { transposeA, transposeB } = flags;
  const [aShape, bShape] = [a.shape, b.shape];
  return op({
    name: 'matmul',
    inputs: [a, b],
    keep: { inputs: [0, 1] },
    forward: (kernels, x, y) => kernels.matmul(x, y, flags),
    gradients: [
      (dy, saved) => {
        const other = saved.input(1);
        const da = transposeA
          ? batched(other, dy, { transposeA: transposeB, transposeB: true })
          : batched(dy, other, { transposeA: false, transposeB: !transposeB });
        return sumTo(da, aShape);
      },
      (dy, saved) => {
        const other = saved.input(0);
        const db = transposeB
          ? batched(dy, other, { transposeA: true, transposeB: transposeA })
          : batched(other, dy, { transposeA: !transposeA, transposeB: false });
        return sumTo(db, bShape);
      },
    ],
  });
}
