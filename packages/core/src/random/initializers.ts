import { describeValue } from '../describe-value.ts';
import { OptionError, ShapeError } from '../errors.ts';
import { checkInteger, checkOptions } from '../options.ts';
import { checkShape, formatShape, type Shape, sizeOf } from '../shape.ts';
import type { RandomKey } from './key.ts';
import { type OrthogonalOptions, orthogonal } from './orthogonal.ts';
import { uniform } from './uniform.ts';
import { scaledDraw } from './variance-scaling.ts';

/** Makes the initial values of a parameter, row-major; the key names the parameter. */
export type Initializer = (shape: Shape, key: RandomKey) => Float32Array;

/**
 * Returns initial values of `shape`, uniform within ±sqrt(6 / (fanIn + fanOut)); Keras's default for kernels.
 *
 * Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
 *
 * @throws {@link ShapeError} for what is no shape, {@link OptionError} for what is no key
 *
 * @example
 * ```ts
 * import { glorotUniform } from '@lstm/core';
 *
 * const [first = 0] = glorotUniform([10, 40], { seed: 7, name: 'dense/kernel' });
 * console.log(first.toFixed(4)); // => -0.1870
 * ```
 */
export function glorotUniform(shape: Shape, key: RandomKey): Float32Array {
  return scaledDraw('glorotUniform', shape, key, { scale: 1, mode: 'fanAverage', distribution: 'uniform' });
}

/**
 * Returns initial values of `shape`, truncated normal with variance 2 / (fanIn + fanOut).
 *
 * Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
 *
 * @throws {@link ShapeError} for what is no shape, {@link OptionError} for what is no key
 *
 * @example
 * ```ts
 * import { glorotNormal } from '@lstm/core';
 *
 * const [first = 0] = glorotNormal([10, 40], { seed: 7, name: 'dense/kernel' });
 * console.log(first.toFixed(4)); // => 0.1605
 * ```
 */
export function glorotNormal(shape: Shape, key: RandomKey): Float32Array {
  return scaledDraw('glorotNormal', shape, key, { scale: 1, mode: 'fanAverage', distribution: 'truncatedNormal' });
}

/**
 * Returns initial values of `shape`, uniform within ±sqrt(6 / fanIn); for ReLU layers.
 *
 * Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015.
 *
 * @throws {@link ShapeError} for what is no shape, {@link OptionError} for what is no key
 *
 * @example
 * ```ts
 * import { heUniform } from '@lstm/core';
 *
 * const [first = 0] = heUniform([10, 40], { seed: 7, name: 'dense/kernel' });
 * console.log(first.toFixed(4)); // => -0.4182
 * ```
 */
export function heUniform(shape: Shape, key: RandomKey): Float32Array {
  return scaledDraw('heUniform', shape, key, { scale: 2, mode: 'fanIn', distribution: 'uniform' });
}

/**
 * Returns initial values of `shape`, truncated normal with variance 2 / fanIn; for ReLU layers.
 *
 * Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015.
 *
 * @throws {@link ShapeError} for what is no shape, {@link OptionError} for what is no key
 *
 * @example
 * ```ts
 * import { heNormal } from '@lstm/core';
 *
 * const [first = 0] = heNormal([10, 40], { seed: 7, name: 'dense/kernel' });
 * console.log(first.toFixed(4)); // => 0.3589
 * ```
 */
export function heNormal(shape: Shape, key: RandomKey): Float32Array {
  return scaledDraw('heNormal', shape, key, { scale: 2, mode: 'fanIn', distribution: 'truncatedNormal' });
}

/**
 * Returns initial values of `shape`, uniform within ±sqrt(3 / fanIn).
 *
 * Source: LeCun, Bottou, Orr, Müller, "Efficient BackProp", 1998.
 *
 * @throws {@link ShapeError} for what is no shape, {@link OptionError} for what is no key
 *
 * @example
 * ```ts
 * import { lecunUniform } from '@lstm/core';
 *
 * const [first = 0] = lecunUniform([10, 40], { seed: 7, name: 'dense/kernel' });
 * console.log(first.toFixed(4)); // => -0.2957
 * ```
 */
export function lecunUniform(shape: Shape, key: RandomKey): Float32Array {
  return scaledDraw('lecunUniform', shape, key, { scale: 1, mode: 'fanIn', distribution: 'uniform' });
}

/**
 * Returns initial values of `shape`, truncated normal with variance 1 / fanIn; for SELU layers.
 *
 * Source: LeCun, Bottou, Orr, Müller, "Efficient BackProp", 1998.
 *
 * @throws {@link ShapeError} for what is no shape, {@link OptionError} for what is no key
 *
 * @example
 * ```ts
 * import { lecunNormal } from '@lstm/core';
 *
 * const [first = 0] = lecunNormal([10, 40], { seed: 7, name: 'dense/kernel' });
 * console.log(first.toFixed(4)); // => 0.2538
 * ```
 */
export function lecunNormal(shape: Shape, key: RandomKey): Float32Array {
  return scaledDraw('lecunNormal', shape, key, { scale: 1, mode: 'fanIn', distribution: 'truncatedNormal' });
}

/**
 * Returns an orthogonal matrix as initial values of `shape`, all axes but the last flattened to rows: Keras's `Orthogonal`, its
 * default for recurrent kernels. See {@link orthogonal}.
 *
 * @throws {@link ShapeError} when `shape` has fewer than two axes
 * @throws {@link OptionError} when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { orthogonalInitializer } from '@lstm/core';
 *
 * const row = orthogonalInitializer([4, 16], { seed: 7, name: 'lstm/recurrentKernel' }).slice(0, 16);
 * console.log(row.reduce((sum, value) => sum + value * value, 0).toFixed(5)); // => 1.00000
 * ```
 */
export function orthogonalInitializer(shape: Shape, key: RandomKey, options: OrthogonalOptions = {}): Float32Array {
  checkShape('orthogonalInitializer', shape);
  if (shape.length < 2) {
    throw new ShapeError(
      'orthogonalInitializer',
      `shape is ${formatShape(shape)}.`,
      'An orthogonal matrix has at least two axes.',
      'Choose another initializer for vectors, such as zerosInitializer.',
    );
  }
  return Float32Array.from(orthogonal(sizeOf(shape.slice(0, -1)), shape.at(-1) ?? 0, key, options));
}

/**
 * Returns zeros as initial values of `shape`.
 *
 * @throws {@link ShapeError} for what is no shape
 *
 * @example
 * ```ts
 * import { zerosInitializer } from '@lstm/core';
 *
 * console.log(zerosInitializer([3]).join(' ')); // => 0 0 0
 * ```
 */
export function zerosInitializer(shape: Shape): Float32Array {
  return filled('zerosInitializer', shape, 0);
}

function filled(where: string, shape: Shape, value: number): Float32Array {
  checkShape(where, shape);
  return new Float32Array(sizeOf(shape)).fill(value);
}

/**
 * Returns ones as initial values of `shape`.
 *
 * @throws {@link ShapeError} for what is no shape
 *
 * @example
 * ```ts
 * import { onesInitializer } from '@lstm/core';
 *
 * console.log(onesInitializer([3]).join(' ')); // => 1 1 1
 * ```
 */
export function onesInitializer(shape: Shape): Float32Array {
  return filled('onesInitializer', shape, 1);
}

/**
 * Returns an initializer that gives `value` everywhere.
 *
 * @throws {@link OptionError} when `value` is not a finite number
 *
 * @example
 * ```ts
 * import { constantInitializer } from '@lstm/core';
 *
 * console.log(constantInitializer(0.5)([3], { seed: 7, name: 'bias' }).join(' ')); // => 0.5 0.5 0.5
 * ```
 */
export function constantInitializer(value: number): Initializer {
  if (Number.isFinite(value)) return (shape) => filled('constantInitializer', shape, value);
  throw new OptionError(
    'constantInitializer',
    `value is ${describeValue(value)}.`,
    'Initial values are finite numbers.',
    'Give a finite value.',
  );
}

/** Options of {@link chronoForgetBias}. */
export interface ChronoOptions {
  /** The longest dependency to remember, in time steps, at least 2. */
  readonly maxLength: number;
}

/**
 * Returns forget-gate biases `[units]`, each log u with u uniform in `[1, maxLength − 1)`: the units start with memories of about
 * u steps. The input gate's biases are to be their negatives.
 *
 * Source: Tallec, Ollivier, "Can recurrent neural networks warp time?", 2018.
 *
 * @param units - at least 0
 * @throws {@link OptionError} when an argument is out of its range or an option is unknown
 *
 * @example
 * ```ts
 * import { chronoForgetBias } from '@lstm/core';
 *
 * const bias = chronoForgetBias(3, { maxLength: 100 }, { seed: 7, name: 'lstm/bias' });
 * console.log(Array.from(bias, (value) => value.toFixed(3)).join(' ')); // => 4.170 1.444 3.864
 * ```
 */
export function chronoForgetBias(units: number, options: ChronoOptions, key: RandomKey): Float32Array {
  checkOptions('chronoForgetBias', options, ['maxLength']);
  checkInteger('chronoForgetBias', 'units', units, 0);
  checkInteger('chronoForgetBias', 'maxLength', options.maxLength, 2);
  return uniform(units, key, { min: 1, max: options.maxLength - 1 }).map(Math.log);
}
