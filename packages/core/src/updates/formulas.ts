import { assertTensors } from '../assert-tensor.ts';
import { add } from '../ops/add.ts';
import { div } from '../ops/div.ts';
import { less } from '../ops/less.ts';
import { maximum } from '../ops/maximum.ts';
import { mul } from '../ops/mul.ts';
import { sqrt } from '../ops/sqrt.ts';
import { square } from '../ops/square.ts';
import { sub } from '../ops/sub.ts';
import { sum } from '../ops/sum.ts';
import { where } from '../ops/where.ts';
import { commonBackend } from '../tape.ts';
import type { Tensor } from '../tensor.ts';

/** Moving average `rate · old + (1 − rate) · value`. */
function average(rate: number, old: Tensor, value: Tensor): Tensor {
  return add(mul(old, rate), mul(value, 1 - rate));
}

/**
 * Returns the global norm `√(Σ x²)` over all elements of all tensors, a scalar.
 *
 * @param tensors - at least one, of one dtype
 * @throws {@link OptionError} for what is no list of tensors, {@link BackendMismatchError} when there is none
 *
 * @example
 * ```ts
 * import { globalNorm, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(await globalNorm([tensor([2, 3]), tensor([[6]])]).item()); // => 7
 * ```
 */
export function globalNorm(tensors: readonly Tensor[]): Tensor {
  return normOf('globalNorm', tensors);
}

function normOf(where: string, tensors: readonly Tensor[]): Tensor {
  commonBackend(where, tensors);
  return sqrt(tensors.map((x) => sum(square(x))).reduce((total, part) => add(total, part)));
}

/**
 * Returns the gradients times `maximum / norm` where their global norm is above `maximum`, else as they are
 * (Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks").
 *
 * @param maximum - positive
 * @param norm - the global norm where it is known already
 * @throws {@link OptionError} for what is no list of tensors, {@link BackendMismatchError} when there is none
 *
 * @example
 * ```ts
 * import { clipToGlobalNorm, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const [clipped] = clipToGlobalNorm([tensor([6, 8])], 5);
 * console.log(await clipped?.data()); // => Float32Array(2) [ 3, 4 ]
 * ```
 */
export function clipToGlobalNorm(gradients: readonly Tensor[], maximum: number, norm?: Tensor): Tensor[] {
  assertTensors('clipToGlobalNorm', 'gradients', gradients);
  const length = norm ?? normOf('clipToGlobalNorm', gradients);
  const scale = where(less(maximum, length), div(maximum, length), 1);
  return gradients.map((gradient) => mul(gradient, scale));
}

/** What {@link adamUpdate} gives. */
export interface AdamUpdate {
  readonly update: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
}

/**
 * Returns Adam's direction and its new moving averages (Kingma & Ba 2015, "Adam: a method for stochastic optimization"):
 * `m = β₁·m + (1 − β₁)·g`, `v = β₂·v + (1 − β₂)·g²`, `update = √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε)`. As in Keras ε is not
 * corrected.
 *
 * @param numbers - `step` is t, 1 for the first step
 * @throws {@link ShapeError} or {@link DTypeError} when the tensors do not fit together
 *
 * @example
 * ```ts
 * import { adamUpdate, tensor, useBackend, zeros } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const averages = { m: zeros([2]), v: zeros([2]) };
 * const { update } = adamUpdate(tensor([3, -0.5]), averages, { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, step: 1 });
 * console.log((await update.data()).map(Math.round)); // => Float32Array(2) [ 1, -1 ]
 * ```
 */
export function adamUpdate(
  gradient: Tensor,
  averages: { readonly m: Tensor; readonly v: Tensor },
  numbers: { readonly beta1: number; readonly beta2: number; readonly epsilon: number; readonly step: number },
): AdamUpdate {
  const { beta1, beta2, epsilon, step } = numbers;
  const m = average(beta1, averages.m, gradient);
  const v = average(beta2, averages.v, square(gradient));
  const correction = Math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step);
  return { update: mul(div(m, add(sqrt(v), epsilon)), correction), m, v };
}

/** What {@link rmsUpdate} gives. */
export interface RmsUpdate {
  readonly update: Tensor;
  readonly meanSquare: Tensor;
  /** When one was given. */
  readonly mean: Tensor | undefined;
}

/**
 * Returns RMSprop's direction and its new moving averages (Tieleman & Hinton 2012, lecture 6.5; centered: Graves 2013,
 * "Generating sequences with recurrent neural networks"): `s = ρ·s + (1 − ρ)·g²`, `update = g / √(s + ε)`; with a `mean`
 * `n = ρ·n + (1 − ρ)·g` and `update = g / √(s − n² + ε)`. As in Keras ε stands under the root.
 *
 * @param averages - with `mean` the direction is centered
 * @throws {@link ShapeError} or {@link DTypeError} when the tensors do not fit together
 *
 * @example
 * ```ts
 * import { rmsUpdate, tensor, useBackend, zeros } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const { update } = rmsUpdate(tensor([3, -8]), { meanSquare: zeros([2]) }, { rho: 0.75, epsilon: 1e-7 });
 * console.log((await update.data()).map(Math.round)); // => Float32Array(2) [ 2, -2 ]
 * ```
 */
export function rmsUpdate(
  gradient: Tensor,
  averages: { readonly meanSquare: Tensor; readonly mean?: Tensor | undefined },
  numbers: { readonly rho: number; readonly epsilon: number },
): RmsUpdate {
  const { rho, epsilon } = numbers;
  const meanSquare = average(rho, averages.meanSquare, square(gradient));
  const mean = averages.mean && average(rho, averages.mean, gradient);
  // Rounding may make the variance of a constant gradient negative.
  const power = mean === undefined ? meanSquare : maximum(sub(meanSquare, square(mean)), 0);
  return { update: div(gradient, sqrt(add(power, epsilon))), meanSquare, mean };
}

/**
 * Returns the update with momentum and the new velocity (Polyak 1964; Nesterov: Sutskever et al. 2013, "On the importance of
 * initialization and momentum in deep learning"): `v = momentum·v + u`, `update = v`, or with Nesterov's look-ahead
 * `update = momentum·v + u`.
 *
 * @throws {@link ShapeError} or {@link DTypeError} when the tensors do not fit together
 *
 * @example
 * ```ts
 * import { momentumUpdate, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const { update } = momentumUpdate(tensor([1]), tensor([4]), { momentum: 0.5, nesterov: false });
 * console.log(await update.item()); // => 3
 * ```
 */
export function momentumUpdate(
  update: Tensor,
  velocity: Tensor,
  { momentum, nesterov }: { readonly momentum: number; readonly nesterov: boolean },
): { readonly update: Tensor; readonly velocity: Tensor } {
  const next = add(mul(velocity, momentum), update);
  return { update: nesterov ? add(mul(next, momentum), update) : next, velocity: next };
}
