import { assertFloat, assertTensor } from '../assert-tensor.ts';
import type { FusedActivation, LinearAttributes, LinearInputs, SingleOutput } from '../backend/fused.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { fusedOp } from '../fused-op.ts';
import { checkOptions } from '../options.ts';
import { tidy } from '../scope.ts';
import { formatShape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { activationFunction } from './recurrent/activation.ts';
import { project } from './recurrent/cell.ts';
import { reshape } from './reshape.ts';

/** Options of {@link linear}. */
export interface LinearOptions {
  /** Applied to the sum. Default `linear`, which is none. */
  readonly activation?: FusedActivation;
}

function composition(
  { x, kernel, bias }: LinearInputs<Tensor>,
  { activation }: LinearAttributes,
): SingleOutput<Tensor> {
  return { y: activationFunction('linear', 'activation', activation)(project(x, kernel, bias)) };
}

/**
 * Returns `activation(x·kernel + bias)` over the last axis, in one kernel where the backend has it.
 *
 * Gradient: `dx = dz·kernelᵀ`, `dkernel = xᵀ·dz`, `dbias = Σ dz` with `dz = dy ∘ activation′`.
 *
 * @param x - `[…, input]`
 * @param kernel - `[input, units]`
 * @param bias - `[units]`
 * @returns `[…, units]`
 * @throws {@link ShapeError} or {@link DTypeError} when the operands do not fit
 *
 * @example
 * ```ts
 * import { linear, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const y = linear(tensor([[1, 2]]), tensor([[1], [1]]), tensor([0.5]));
 * console.log(await y.item()); // => 3.5
 * ```
 */
export function linear(x: Tensor, kernel: Tensor, bias?: Tensor, options: LinearOptions = {}): Tensor {
  checkOptions('linear', options, ['activation']);
  const { activation = 'linear' } = options;
  assertFloat('linear', 'x', x);
  assertTensor('linear', 'kernel', kernel);
  if (bias !== undefined) assertTensor('linear', 'bias', bias);
  const [input, units] = kernel.shape;
  const fits = x.rank > 0 && kernel.rank === 2 && x.shape.at(-1) === input;
  if (!fits || (bias !== undefined && (bias.rank !== 1 || bias.shape[0] !== units))) {
    throw new ShapeError(
      'linear',
      `x is ${formatShape(x.shape)}, kernel is ${formatShape(kernel.shape)}${bias ? `, bias is ${formatShape(bias.shape)}` : ''}.`,
      'x is […, input], kernel [input, units], bias [units].',
      'Check the last axis of x.',
    );
  }
  for (const [name, weights] of Object.entries({ kernel, bias })) {
    if (weights === undefined || weights.dtype === x.dtype) continue;
    throw new DTypeError(
      'linear',
      `x is ${x.dtype}, ${name} is ${weights.dtype}.`,
      'Inputs and weights have one dtype.',
      `Convert one: cast(${name}, '${x.dtype}').`,
    );
  }
  return tidy(() => {
    const rows = x.rank === 2 ? x : reshape(x, [sizeOf(x.shape.slice(0, -1)), input as number]);
    const { y } = fusedOp({
      name: 'linear',
      inputs: { x: rows, kernel, bias },
      attributes: { activation },
      fallback: composition,
    });
    return x.rank === 2 ? y : reshape(y, [...x.shape.slice(0, -1), units as number]);
  });
}
