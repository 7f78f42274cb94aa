import { assertIndex, assertTensor } from '../assert-tensor.ts';
import { ShapeError } from '../errors.ts';
import { formatShape } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { scatterAdd } from './scatter-add.ts';

/**
 * Returns rows of `table`: `[rows, …rest]` and indices of any shape give `[…indices, …rest]`.
 *
 * Gradient: `dtable = scatterAdd(indices, dy, rows)`.
 *
 * @param indices - int32 in `[0, rows)`; another one is an error, at once or when a result is read
 * @throws {@link DTypeError} unless indices are int32, {@link ShapeError} when the table is a scalar
 *
 * @example
 * ```ts
 * import { gather, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const rows = gather(tensor([[1, 2], [3, 4]]), tensor([1, 1], { dtype: 'int32' }));
 * console.log(await rows.data()); // => Float32Array(4) [ 3, 4, 3, 4 ]
 * ```
 */
export function gather(table: Tensor, indices: Tensor): Tensor {
  assertTensor('gather', 'table', table);
  assertIndex('gather', 'indices', indices);
  const rows = table.shape[0];
  if (rows === undefined) {
    throw new ShapeError(
      'gather',
      `table is ${formatShape(table.shape)}.`,
      'A table has an axis of rows.',
      'Check the table.',
    );
  }
  return op({
    name: 'gather',
    inputs: [table, indices],
    keep: { inputs: [1] },
    forward: (kernels, values, at) => kernels.gather(values, at),
    gradients: [(dy, saved) => scatterAdd(saved.input(1), dy, rows), undefined],
  });
}
