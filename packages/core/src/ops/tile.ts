import { assertTensor } from '../assert-tensor.ts';
import { OptionError } from '../errors.ts';
import { tidy } from '../scope.ts';
import { checkNumbers, formatShape, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { expand } from './expand.ts';
import { reshape } from './reshape.ts';

/**
 * Returns `x` repeated `repeats[i]` times along axis `i`, copy after copy.
 *
 * Gradient: `dx` = the sum of `dy` over the copies.
 *
 * @throws {@link OptionError} unless there is an integer of at least 0 for each axis
 *
 * @example
 * ```ts
 * import { tensor, tile, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await tile(tensor([1, 2]), [2]).data()); // => Float32Array(4) [ 1, 2, 1, 2 ]
 * ```
 */
export function tile(x: Tensor, repeats: Shape): Tensor {
  assertTensor('tile', 'x', x);
  checkNumbers('tile', 'repeats', repeats);
  if (repeats.length !== x.rank || repeats.some((count) => !Number.isInteger(count) || count < 0)) {
    throw new OptionError(
      'tile',
      `repeats is ${formatShape(repeats)}, x is ${formatShape(x.shape)}.`,
      'repeats holds an integer of at least 0 for each axis.',
      'Write 1 for an axis that stays.',
    );
  }
  const apart = x.shape.flatMap((length) => [1, length]);
  const copies = x.shape.flatMap((length, axis) => [repeats[axis] as number, length]);
  return tidy(() =>
    reshape(
      expand(reshape(x, apart), copies),
      x.shape.map((length, axis) => length * (repeats[axis] as number)),
    ),
  );
}
