import { checkChoice, checkOptions, checkRange } from '../options.ts';
import { checkShape, type Shape, sizeOf } from '../shape.ts';
import type { RandomKey } from './key.ts';
import { truncatedNormal } from './normal.ts';
import { uniform } from './uniform.ts';

/** How many inputs one unit sees and how many units see one input. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Options of {@link varianceScaling}. */
export interface VarianceScalingOptions {
  /** Above 0. Default 1. */
  readonly scale?: number;
  /** What the variance is divided by. Default `fanIn`. */
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAverage';
  /** Default `truncatedNormal`. */
  readonly distribution?: 'truncatedNormal' | 'uniform';
}

/** Standard deviation of a standard normal truncated at ±2: sqrt(1 − 4φ(2) / (2Φ(2) − 1)). */
const truncatedDeviation = 0.8796256610342398;

/**
 * Returns the fans of a weight of `shape`: the last two lengths, times the product of those before them. A vector has both
 * fans equal to its length, a scalar 1.
 *
 * @throws {@link ShapeError} for what is no shape
 *
 * @example
 * ```ts
 * import { fansOf } from '@lstm/core';
 *
 * console.log(fansOf([3, 8, 16])); // => { fanIn: 24, fanOut: 48 }
 * ```
 */
export function fansOf(shape: Shape): Fans {
  return fansFor('fansOf', shape);
}

function fansFor(where: string, shape: Shape): Fans {
  checkShape(where, shape);
  if (shape.length < 2) return { fanIn: sizeOf(shape), fanOut: sizeOf(shape) };
  const field = sizeOf(shape.slice(0, -2));
  return { fanIn: field * (shape.at(-2) ?? 1), fanOut: field * (shape.at(-1) ?? 1) };
}

/**
 * Returns initial values of `shape` with variance `scale / fan`, from a normal distribution truncated at two standard
 * deviations or from the uniform one. Keras's `VarianceScaling`; fans below 1 count as 1.
 *
 * @throws {@link OptionError} when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { varianceScaling } from '@lstm/core';
 *
 * const key = { seed: 7, name: 'dense/kernel' };
 * const kernel = varianceScaling([300, 100], key, { scale: 3, distribution: 'uniform' });
 * console.log(kernel.length, kernel.every((value) => Math.abs(value) <= 0.1734)); // => 30000 true
 * ```
 */
export function varianceScaling(shape: Shape, key: RandomKey, options: VarianceScalingOptions = {}): Float32Array {
  return scaledDraw('varianceScaling', shape, key, options);
}

/** {@link varianceScaling} for `where`, which errors name. */
export function scaledDraw(where: string, shape: Shape, key: RandomKey, options: VarianceScalingOptions): Float32Array {
  checkOptions(where, options, ['scale', 'mode', 'distribution']);
  const { scale = 1, mode = 'fanIn', distribution = 'truncatedNormal' } = options;
  checkRange(where, 'scale', scale, Number.MIN_VALUE);
  checkChoice(where, 'mode', mode, ['fanIn', 'fanOut', 'fanAverage']);
  checkChoice(where, 'distribution', distribution, ['truncatedNormal', 'uniform']);
  const { fanIn, fanOut } = fansFor(where, shape);
  const fan = mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2;
  const variance = scale / Math.max(1, fan);
  if (distribution === 'uniform') {
    const limit = Math.sqrt(3 * variance);
    return uniform(sizeOf(shape), key, { min: -limit, max: limit });
  }
  return truncatedNormal(sizeOf(shape), key, { standardDeviation: Math.sqrt(variance) / truncatedDeviation });
}
