import { assertIndex } from '../assert-tensor.ts';
import { arange } from '../create.ts';
import type { DType } from '../dtype.ts';
import { checkInteger, checkOptions } from '../options.ts';
import { tidy } from '../scope.ts';
import { commonBackend } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { equal } from './equal.ts';
import { reshape } from './reshape.ts';

/** Options of {@link oneHot}. */
export interface OneHotOptions {
  /** Default float32. */
  readonly dtype?: DType;
}

/**
 * Returns `[…indices, classes]` with a 1 at each index and 0 elsewhere; a row of zeros for an index outside `[0, classes)`. Not
 * differentiable.
 *
 * @param indices - int32, of any shape
 * @throws {@link DTypeError} unless indices are int32
 *
 * @example
 * ```ts
 * import { oneHot, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await oneHot(tensor([1, 0], { dtype: 'int32' }), 2).data()); // => Float32Array(4) [ 0, 1, 1, 0 ]
 * ```
 */
export function oneHot(indices: Tensor, classes: number, options: OneHotOptions = {}): Tensor {
  commonBackend('oneHot', [indices]);
  checkOptions('oneHot', options, ['dtype']);
  checkInteger('oneHot', 'classes', classes);
  assertIndex('oneHot', 'indices', indices);
  const { dtype = 'float32' } = options;
  return tidy(() => {
    const hot = equal(reshape(indices, [...indices.shape, 1]), arange(classes, { backend: indices.backend }));
    return hot.dtype === dtype ? hot : cast(hot, dtype);
  });
}
