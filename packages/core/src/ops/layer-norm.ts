import { assertFloat } from '../assert-tensor.ts';
import type { LayerNormAttributes, LayerNormInputs, SingleOutput } from '../backend/fused.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { fusedOp } from '../fused-op.ts';
import { checkOptions, checkRange } from '../options.ts';
import { tidy } from '../scope.ts';
import { formatShape, sizeOf } from '../shape.ts';
import { commonBackend } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './add.ts';
import { div } from './div.ts';
import { mean } from './mean.ts';
import { mul } from './mul.ts';
import { reshape } from './reshape.ts';
import { sqrt } from './sqrt.ts';
import { square } from './square.ts';
import { sub } from './sub.ts';

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** Scale `[features]`; none by default. */
  readonly gamma?: Tensor | undefined;
  /** Shift `[features]`; none by default. */
  readonly beta?: Tensor | undefined;
  /** Added to the variance. Default 1e-3 (Keras; PyTorch has 1e-5). */
  readonly epsilon?: number | undefined;
}

function composition(
  { x, gamma, beta }: LayerNormInputs<Tensor>,
  { epsilon }: LayerNormAttributes,
): SingleOutput<Tensor> {
  const options = { axes: -1, keepAxes: true };
  const centered = sub(x, mean(x, options));
  const normalized = div(centered, sqrt(add(mean(square(centered), options), epsilon)));
  const scaled = gamma === undefined ? normalized : mul(normalized, gamma);
  return { y: beta === undefined ? scaled : add(scaled, beta) };
}

/**
 * Returns `gamma · (x − mean) / √(variance + epsilon) + beta` with mean and variance over the last axis (Ba et al. 2016).
 *
 * Gradient: `dx = (g − mean(g) − x̂ · mean(g · x̂)) / √(variance + epsilon)` with `g = dy · gamma`; `dgamma = Σ dy · x̂`,
 * `dbeta = Σ dy`.
 *
 * @param x - `[…, features]`
 * @throws {@link ShapeError} when x is a scalar, or gamma or beta not `[features]`, {@link DTypeError} for int32 or two dtypes,
 *   {@link OptionError} for an epsilon below 0
 *
 * @example
 * ```ts
 * import { layerNorm, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const y = await layerNorm(tensor([[1, 3]]), { epsilon: 0 }).data();
 * console.log(y); // => Float32Array(2) [ -1, 1 ]
 * ```
 */
export function layerNorm(x: Tensor, options: LayerNormOptions = {}): Tensor {
  checkOptions('layerNorm', options, ['gamma', 'beta', 'epsilon']);
  assertFloat('layerNorm', 'x', x);
  const { gamma, beta, epsilon = 1e-3 } = options;
  commonBackend(
    'layerNorm',
    [x, gamma, beta].filter((each) => each !== undefined),
  );
  checkRange('layerNorm', 'epsilon', epsilon, 0);
  const features = x.shape.at(-1);
  if (features === undefined) {
    throw new ShapeError(
      'layerNorm',
      'x is a scalar.',
      'Mean and variance are those of the last axis: […, features].',
      'Give x an axis: reshape(x, [1]).',
    );
  }
  for (const [name, value] of Object.entries({ gamma, beta })) {
    if (value === undefined) continue;
    if (value.rank !== 1 || value.shape[0] !== features) {
      throw new ShapeError(
        'layerNorm',
        `${name} is ${formatShape(value.shape)}, x is ${formatShape(x.shape)}.`,
        `${name} is [features] = [${features}].`,
        `Check ${name}.`,
      );
    }
    if (value.dtype !== x.dtype) {
      throw new DTypeError(
        'layerNorm',
        `x is ${x.dtype}, ${name} is ${value.dtype}.`,
        'Inputs and weights have one dtype.',
        `Convert one: cast(${name}, '${x.dtype}').`,
      );
    }
  }
  return tidy(() => {
    const rows = reshape(x, [sizeOf(x.shape.slice(0, -1)), features]);
    const inputs = { x: rows, gamma, beta };
    const { y } = fusedOp({ name: 'layerNorm', inputs, attributes: { epsilon }, fallback: composition });
    return reshape(y, x.shape);
  });
}
