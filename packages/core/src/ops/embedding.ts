import { ShapeError } from '../errors.ts';
import { formatShape } from '../shape.ts';
import { commonBackend } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { gather } from './gather.ts';

/**
 * Returns the vectors of tokens: table `[vocabulary, features]` and int32 tokens `[batch, time]` give
 * `[batch, time, features]`.
 *
 * Gradient: `dtable` = the sum of `dy` by token.
 *
 * @param tokens - int32 in `[0, vocabulary)`; another one is an error, at once or when a result is read
 * @throws {@link ShapeError} when the table is no matrix, {@link DTypeError} unless tokens are int32
 *
 * @example
 * ```ts
 * import { embedding, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const table = tensor([[0, 0], [1, 2], [3, 4]]);
 * console.log(await embedding(table, tensor([2, 1], { dtype: 'int32' })).data()); // => Float32Array(4) [ 3, 4, 1, 2 ]
 * ```
 */
export function embedding(table: Tensor, tokens: Tensor): Tensor {
  commonBackend('embedding', [table, tokens]);
  if (table.rank === 2) return gather(table, tokens);
  throw new ShapeError(
    'embedding',
    `table is ${formatShape(table.shape)}.`,
    'A table of embeddings is [vocabulary, features].',
    'Check the table; the tokens come second.',
  );
}
