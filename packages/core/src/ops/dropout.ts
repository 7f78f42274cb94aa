import { assertFloat } from '../assert-tensor.ts';
import { getBackend } from '../backend/define.ts';
import type { Backend } from '../backend/types.ts';
import { tensor } from '../create.ts';
import { checkFloat, type DType } from '../dtype.ts';
import { checkOptions, checkRange } from '../options.ts';
import { bernoulli } from '../random/bernoulli.ts';
import { checkedStep, philoxKey, type RandomKey } from '../random/key.ts';
import { tidy } from '../scope.ts';
import { checkShape, type Shape, sizeOf } from '../shape.ts';
import { storageOf } from '../storage.ts';
import { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { mul } from './mul.ts';

/** Options of {@link dropoutMask}. */
export interface DropoutMaskOptions {
  /** Default float32. */
  readonly dtype?: DType;
  /** Default that of `useBackend`. */
  readonly backend?: Backend;
}

/**
 * Returns a scaled keep mask of `shape`: `1 / (1 − rate)` with probability `1 − rate`, else 0. What {@link dropout} multiplies
 * by, and what recurrent ops take as `dropoutMask` and `recurrentDropoutMask`.
 *
 * @param rate - probability of a zero, in `[0, 1)`
 * @param key - the same key gives the same mask on every backend
 * @throws {@link OptionError} when the rate is out of its range or an option is unknown, {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { dropoutMask, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const mask = dropoutMask([8], 0.5, { seed: 7, name: 'dropout', step: 3 });
 * console.log((await mask.data()).join(' ')); // => 0 2 2 0 2 2 0 2
 * ```
 */
export function dropoutMask(shape: Shape, rate: number, key: RandomKey, options: DropoutMaskOptions = {}): Tensor {
  checkOptions('dropoutMask', options, ['dtype', 'backend']);
  return maskFor('dropoutMask', shape, rate, key, options);
}

function maskFor(where: string, shape: Shape, rate: number, key: RandomKey, options: DropoutMaskOptions): Tensor {
  checkShape(where, shape);
  checkRange(where, 'rate', rate, 0, 1, true);
  const backend = options.backend ?? getBackend();
  const { dtype = 'float32' } = options;
  checkFloat(where, 'dtype', dtype);
  return tidy(() => {
    const kept = bits([...shape], rate, key, backend);
    return mul(dtype === 'float32' ? kept : cast(kept, dtype), 1 / (1 - rate));
  });
}

function bits(shape: Shape, rate: number, key: RandomKey, backend: Backend): Tensor {
  const step = checkedStep(key);
  const { kernels } = backend;
  const draw = kernels.bernoulli;
  if (draw === undefined) return tensor(bernoulli(sizeOf(shape), rate, key), { shape, backend });
  const view = draw.call(kernels, shape, rate, { key: philoxKey(key.seed, key.name), step });
  return new Tensor(storageOf(backend, view, []), view.shape, view.dtype);
}

/**
 * Returns `x` with each element zeroed with probability `rate` and the others scaled by `1 / (1 − rate)`, so that the
 * expectation stays (Srivastava et al. 2014). For training; in prediction leave it out.
 *
 * Gradient: `dx = dy · mask`.
 *
 * @param rate - in `[0, 1)`
 * @param key - which numbers to draw: give every layer its name and every training step its step
 * @throws {@link OptionError} when the rate is out of its range, {@link DTypeError} for int32
 *
 * @example
 * ```ts
 * import { dropout, ones, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const y = dropout(ones([8]), 0.5, { seed: 7, name: 'dropout', step: 3 });
 * console.log((await y.data()).join(' ')); // => 0 2 2 0 2 2 0 2
 * ```
 */
export function dropout(x: Tensor, rate: number, key: RandomKey): Tensor {
  assertFloat('dropout', 'x', x);
  return tidy(() => mul(x, maskFor('dropout', x.shape, rate, key, { dtype: x.dtype, backend: x.backend })));
}
