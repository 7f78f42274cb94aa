import type { Tensor } from '../../tensor.ts';
import { add } from '../add.ts';
import { matmul } from '../matmul.ts';
import { mul } from '../mul.ts';
import { slice } from '../slice.ts';
import { split } from '../split.ts';
import { sub } from '../sub.ts';

type Activation = (x: Tensor) => Tensor;

/** Tensors and functions that one step of any cell takes. */
export interface Step {
  /** `x·kernel + bias` `[batch, G·units]` */
  readonly projected: Tensor;
  readonly recurrentKernel: Tensor;
  /** Scaled keep mask of the state where it enters the recurrent product. */
  readonly recurrentDropoutMask?: Tensor | undefined;
  readonly activation: Activation;
}

function dropped(h: Tensor, mask: Tensor | undefined): Tensor {
  return mask === undefined ? h : mul(h, mask);
}

/** `h' = a(x·W + h·R + b)` (Elman 1990). */
export function simpleRnnStep(step: Step, h: Tensor): Tensor {
  const recurrent = matmul(dropped(h, step.recurrentDropoutMask), step.recurrentKernel);
  return step.activation(add(step.projected, recurrent));
}

/**
 * `c' = f ∘ c + i ∘ a(g)`, `h' = o ∘ a(c')` with gates `i, f, o = σ(…)` (Hochreiter & Schmidhuber 1997; forget gate of Gers et
 * al. 2000). The one place where the recurrence is written.
 */
export function lstmStep(
  step: Step & { readonly recurrentActivation: Activation },
  h: Tensor,
  c: Tensor,
): { h: Tensor; c: Tensor } {
  const { activation, recurrentActivation: gate } = step;
  const z = add(step.projected, matmul(dropped(h, step.recurrentDropoutMask), step.recurrentKernel));
  const [i, f, candidate, o] = split(z, 4, { axis: 1 }) as [Tensor, Tensor, Tensor, Tensor];
  const next = add(mul(gate(f), c), mul(gate(i), activation(candidate)));
  return { h: mul(gate(o), activation(next)), c: next };
}

/**
 * `h' = z ∘ h + (1 − z) ∘ a(…)` with gates `z, r = σ(…)` (Cho et al. 2014).
 *
 * With `resetAfter` the candidate is `a(x_h + r ∘ (h·R_h + b_h))`, else `a(x_h + (r ∘ h)·R_h)`.
 */
export function gruStep(
  step: Step & {
    readonly recurrentActivation: Activation;
    readonly resetAfter: boolean;
    /** `[3·units]`, with `resetAfter` only */
    readonly recurrentBias?: Tensor | undefined;
  },
  h: Tensor,
): Tensor {
  const { activation, recurrentActivation: gate, recurrentKernel, recurrentBias } = step;
  const [inputSize, units] = [recurrentKernel.shape[0] as number, h.shape[1] as number];
  const [xz, xr, xh] = split(step.projected, 3, { axis: 1 }) as [Tensor, Tensor, Tensor];
  const entering = dropped(h, step.recurrentDropoutMask);
  let z: Tensor;
  let candidate: Tensor;
  if (step.resetAfter) {
    const product = matmul(entering, recurrentKernel);
    const recurrent = recurrentBias === undefined ? product : add(product, recurrentBias);
    const [hz, hr, hh] = split(recurrent, 3, { axis: 1 }) as [Tensor, Tensor, Tensor];
    z = gate(add(xz, hz));
    candidate = add(xh, mul(gate(add(xr, hr)), hh));
  } else {
    const gates = matmul(entering, slice(recurrentKernel, [0, 0], [inputSize, 2 * units]));
    const [hz, hr] = split(gates, 2, { axis: 1 }) as [Tensor, Tensor];
    z = gate(add(xz, hz));
    const reset = mul(gate(add(xr, hr)), entering);
    candidate = add(xh, matmul(reset, slice(recurrentKernel, [0, 2 * units], [inputSize, units])));
  }
  return add(mul(z, h), mul(sub(1, z), activation(candidate)));
}
