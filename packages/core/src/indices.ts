import { DataError } from './errors.ts';
import { formatPosition, type Spot } from './index-facts.ts';
import { cast } from './ops/cast.ts';
import { formatShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** The range of indices: what they count in, and what to do where one is beyond. */
export interface IndexRange {
  /** Indices lie in `[0, count)`. */
  readonly count: number;
  /** What sets the count, for the error: `inputDim 5`. */
  readonly of: string;
  readonly fix: string;
}

/**
 * Returns tokens or class numbers as the indices that ops take, int32. Values that came from the host as `[batch]`,
 * `[batch, time]` or `[…, 1]` are checked; others are truncated as by {@link cast}, and ops tell at the next read of
 * one out of range.
 *
 * @param where - the layer or loss whose input it is
 * @param name - what the values are, for the error
 * @param range - what is beyond is refused
 * @throws {@link DataError} for a value of the host that is no int32 (a fraction, NaN, an infinity, one too large) or out of range
 *
 * @example
 * ```ts
 * import { indicesOf, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(indicesOf('myLayer', 'token', tensor([2, 0, 1])).dtype); // => int32
 * ```
 */
export function indicesOf(where: string, name: string, x: Tensor, range?: IndexRange): Tensor {
  const { stray, ends = [] } = x.storage.indexFacts ?? {};
  const refuse = ({ value, position }: Spot, rule: string, fix: string): never => {
    const place = x.rank === 0 ? '' : ` at ${formatPosition(position, x.shape)} of ${formatShape(x.shape)}`;
    throw new DataError(where, `the ${name}${place} is ${value}.`, rule, fix);
  };
  if (stray !== undefined) refuse(stray, `A ${name} is an integer.`, 'Look for gaps and wrong columns in the data.');
  if (range !== undefined) {
    const { count, of, fix } = range;
    const beyond = ends.find(({ value }) => value < 0 || value >= count);
    if (beyond !== undefined) refuse(beyond, `With ${of} a ${name} lies in [0, ${count - 1}].`, fix);
  }
  return x.dtype === 'int32' ? x : cast(x, 'int32');
}
