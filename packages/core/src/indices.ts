import type { TypedArray } from './dtype.ts';
import { DataError } from './errors.ts';
import { cast } from './ops/cast.ts';
import type { Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** A value of host data that int32 can't hold, and where it lies. */
export interface Stray {
  readonly value: number;
  readonly position: number;
}

/** Returns the first value that is no int32; in data that are no indices it comes early. */
export function strayOf(data: TypedArray, shape: Shape): Stray | undefined {
  // Features in time are no indices, and where they are one-hot it would take long to find none.
  if (data instanceof Int32Array || (shape.length > 2 && shape.at(-1) !== 1)) return undefined;
  for (let position = 0; position < data.length; position++) {
    const value = data[position] as number;
    if ((value | 0) !== value) return { value, position };
  }
  return undefined;
}

/** Returns `[3][1]` for a flat position. */
function formatPosition(position: number, shape: Shape): string {
  let [text, rest] = ['', position];
  for (const length of shape.toReversed()) {
    text = `[${rest % length}]${text}`;
    rest = Math.floor(rest / length);
  }
  return text;
}

/**
 * Returns tokens or class numbers as the indices that ops take, int32. Values that came from the host as `[batch]`,
 * `[batch, time]` or `[…, 1]` are checked; others are truncated as by {@link cast}.
 *
 * @param where - the layer or loss whose input it is
 * @param name - what the values are, for the error
 * @throws {@link DataError} for a value of the host that is no int32: a fraction, NaN, an infinity, one too large
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
export function indicesOf(where: string, name: string, x: Tensor): Tensor {
  if (x.dtype === 'int32') return x;
  const { stray } = x.storage;
  if (stray === undefined) return cast(x, 'int32');
  throw new DataError(
    where,
    `the ${name}${x.rank === 0 ? '' : ` at ${formatPosition(stray.position, x.shape)}`} is ${stray.value}.`,
    `A ${name} is an integer.`,
    'Look for gaps and wrong columns in the data.',
  );
}
