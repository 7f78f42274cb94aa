import { assertIndex } from '../assert-tensor.ts';
import { ShapeError } from '../errors.ts';
import { checkInteger } from '../options.ts';
import { formatShape, sameShape } from '../shape.ts';
import { op } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { gather } from './gather.ts';

/**
 * Returns `[rows, …rest]`, in which row `i` is the sum of the `updates` `[…indices, …rest]` whose index is `i`.
 *
 * Gradient: `dupdates = gather(dy, indices)`.
 *
 * @param indices - int32 in `[0, rows)`; another one is an error, at once or when a result is read
 * @throws {@link DTypeError} unless indices are int32, {@link ShapeError} when the updates do not start with their shape
 *
 * @example
 * ```ts
 * import { scatterAdd, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const sums = scatterAdd(tensor([0, 2, 0], { dtype: 'int32' }), tensor([1, 2, 3]), 3);
 * console.log(await sums.data()); // => Float32Array(3) [ 4, 0, 2 ]
 * ```
 */
export function scatterAdd(indices: Tensor, updates: Tensor, rows: number): Tensor {
  assertIndex('scatterAdd', 'indices', indices);
  checkInteger('scatterAdd', 'rows', rows, 0);
  if (!sameShape(updates.shape.slice(0, indices.rank), indices.shape)) {
    throw new ShapeError(
      'scatterAdd',
      `updates are ${formatShape(updates.shape)}, indices are ${formatShape(indices.shape)}.`,
      'The shape of the updates starts with that of the indices.',
      'Check both shapes.',
    );
  }
  return op({
    name: 'scatterAdd',
    inputs: [indices, updates],
    keep: { inputs: [0] },
    forward: (kernels, at, values) => kernels.scatterAdd(at, values, rows),
    gradients: [undefined, (dy, saved) => gather(dy, saved.input(0))],
  });
}
