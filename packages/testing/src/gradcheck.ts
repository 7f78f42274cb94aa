import {
  checkFunction,
  checkOptions,
  checkRange,
  DTypeError,
  describeValue,
  formatShape,
  GradientError,
  getBackend,
  grad,
  type HostArray,
  type HostArrayLike,
  hasDefaultBackend,
  hostArray,
  OptionError,
  Tensor,
  tensor,
  tidy,
  zeros,
} from '@lstm/core';
import { reference } from '@lstm/core/reference';
import { weightedSum } from './evaluate.ts';
import { centralDifferences } from './expected.ts';
import { excess, tolerances } from './tolerances.ts';

/** Options of {@link gradcheck}. */
export interface GradcheckOptions {
  /** 2 checks the gradient of the gradient too. Default 1. */
  readonly order?: 1 | 2;
  /** Half the distance between the two points of a difference. Default 1e-5. */
  readonly step?: number;
  /** The two gradients `a`, `b` agree when `|a − b| ≤ absolute + relative · |b|`. Default 1e-7. */
  readonly absolute?: number;
  /** Default 1e-5. */
  readonly relative?: number;
}

/** A value of a gradient on which tape and differences disagree. */
interface Mismatch {
  readonly input: number;
  readonly position: readonly number[];
  readonly tape: number;
  readonly difference: number;
}

const shownMismatches = 5;

/**
 * Checks the gradient of `f` that the tape gives against central differences `(f(x + s) − f(x − s)) / 2s`, in float64 on the
 * reference backend. Where `f` has several outputs, or one that is no scalar, the gradient is that of a weighted sum of all
 * their elements.
 *
 * @param f - called often, with float64 tensors; must give the same values every time. Constants inside it take the type and
 *   backend of an input: `tensor(2, { dtype: x.dtype, backend: x.backend })`. Keep the inputs away from kinks, where
 *   differences say nothing
 * @param inputs - values of the arguments of `f`; those of type int32 stay so and are not differentiated
 * @returns the largest difference found beyond the relative tolerance
 * @throws GradientError that names input, position and both values where the two disagree
 * @throws DTypeError when `f` returns no float64, OptionError for an unknown option, an `f` that is no function, inputs that are no list
 *
 * @example
 * ```ts
 * import { customGradient, mul, square, type Tensor } from '@lstm/core';
 * import { gradcheck } from '@lstm/testing';
 *
 * console.log(gradcheck((x) => square(x), [[1, 2, 3]], { order: 2 }) < 1e-7); // => true
 *
 * const wrong = (x: Tensor): readonly Tensor[] =>
 *   customGradient({ name: 'wrong', inputs: [x], forward: (v) => square(v), backward: ([dy]) => [dy && mul(dy, 3)] });
 * try {
 *   gradcheck(wrong, [2]);
 * } catch (error) {
 *   console.log(error instanceof Error && error.message.includes('input 0 at []')); // => true
 * }
 * ```
 */
export function gradcheck(
  f: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly (HostArrayLike | Tensor)[],
  options: GradcheckOptions = {},
): number {
  checkOptions('gradcheck', options, ['order', 'step', 'absolute', 'relative']);
  checkFunction('gradcheck', 'f', f);
  if (!Array.isArray(inputs)) {
    const fact = `inputs is ${describeValue(inputs)}.`;
    throw new OptionError('gradcheck', fact, 'They are a list of the arguments of f.', 'Write gradcheck(f, [[1, 2]]).');
  }
  const { order = 1, step = 1e-5 } = options;
  const { absolute, relative } = { ...tolerances.float64.gradient, ...options };
  if (order !== 1 && order !== 2) {
    throw new OptionError('gradcheck', `order is ${String(order)}.`, 'It is 1 or 2.', 'Write for example order: 2.');
  }
  for (const [name, value] of Object.entries({ step, absolute, relative })) checkRange('gradcheck', name, value, 0);

  const hosts = inputs.map(hostOf);
  if (hosts.every(({ data }) => data instanceof Int32Array)) {
    throw new DTypeError(
      'gradcheck',
      'no input has floating-point values.',
      'Gradients are those of floating-point inputs.',
      'Pass at least one.',
    );
  }
  const first = (tensors: readonly Tensor[]): Tensor => lossOf([f(...tensors)].flat());
  const second = (tensors: readonly Tensor[]): Tensor => weightedSum(tapeGradients(first(tensors), tensors, true));
  let worst = 0;
  for (const [name, loss] of [['first', first] as const, ['second', second] as const].slice(0, order)) {
    const { count, mismatches, error } = compare(loss, hosts, { step, absolute, relative });
    if (mismatches.length > 0) throw wrongGradient(name, mismatches, count, { absolute, relative });
    worst = Math.max(worst, error);
  }
  return worst;
}

function hostOf(input: HostArrayLike | Tensor): HostArray {
  const { data, shape } =
    input instanceof Tensor ? { data: input.dataSync(), shape: input.shape } : hostArray(input, undefined, 'float64');
  return { data: data instanceof Int32Array ? data : Float64Array.from(data), shape };
}

/** The inputs as new leaves. The chosen backend is taken where it has float64, so that `f` may use tensors of its own on it. */
function leavesOf(hosts: readonly HostArray[]): Tensor[] {
  const backend = hasDefaultBackend() && getBackend().dtypes.has('float64') ? getBackend() : reference();
  return hosts.map((host) => tensor(host, { backend, requiresGrad: !(host.data instanceof Int32Array) }));
}

function lossOf(outputs: readonly Tensor[]): Tensor {
  const unfit = outputs.find(({ dtype }) => dtype === 'float32');
  if (unfit === undefined && outputs.some(({ dtype }) => dtype === 'float64')) return weightedSum(outputs);
  throw new DTypeError(
    'gradcheck',
    unfit === undefined ? 'f returns no float64 tensor.' : `f returns float32 ${formatShape(unfit.shape)}.`,
    'It is called with float64 tensors, in which differences are exact enough.',
    'Return what depends on them, without a cast.',
  );
}

/** Gradients on the tape of the floating-point inputs; zeros where `loss` does not depend on them. */
function tapeGradients(loss: Tensor, tensors: readonly Tensor[], createGraph: boolean): Tensor[] {
  const leaves = tensors.filter(({ requiresGrad }) => requiresGrad);
  if (loss.requiresGrad) return grad(loss, leaves, { createGraph });
  return leaves.map(({ shape, dtype, backend }) => zeros(shape, { dtype, backend }));
}

function compare(
  loss: (tensors: readonly Tensor[]) => Tensor,
  hosts: readonly HostArray[],
  { step, absolute, relative }: Required<Omit<GradcheckOptions, 'order'>>,
): { readonly count: number; readonly mismatches: readonly Mismatch[]; readonly error: number } {
  const found = tidy(() => {
    const leaves = leavesOf(hosts);
    return tapeGradients(loss(leaves), leaves, false).map((gradient) => gradient.dataSync());
  });
  const lossAt = (values: readonly HostArray[]): number =>
    tidy(() => loss(leavesOf(values)).dataSync()[0] ?? Number.NaN);
  const mismatches: Mismatch[] = [];
  let [count, error] = [0, 0];
  hosts.forEach(({ data, shape }, input) => {
    if (data instanceof Int32Array) return;
    const differences = centralDifferences(
      Float64Array.from(data),
      (changed) => lossAt(hosts.with(input, { data: changed, shape })),
      step,
    );
    const gradient = found.shift() ?? [];
    differences.forEach((difference, i) => {
      const tape = gradient[i] as number;
      const distance = excess([tape], [difference], relative);
      count += 1;
      error = Math.max(error, distance);
      if (distance > absolute) mismatches.push({ input, position: positionOf(i, shape), tape, difference });
    });
  });
  return { count, mismatches, error };
}

function positionOf(flat: number, shape: readonly number[]): number[] {
  const position: number[] = [];
  let rest = flat;
  for (const length of shape.toReversed()) {
    position.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return position;
}

function wrongGradient(
  order: string,
  mismatches: readonly Mismatch[],
  count: number,
  { absolute, relative }: { readonly absolute: number; readonly relative: number },
): GradientError {
  const shown = mismatches
    .slice(0, shownMismatches)
    .map(
      ({ input, position, tape, difference }) =>
        `input ${input} at ${formatShape(position)} is ${tape} on the tape and ${difference} by central differences`,
    );
  const rest = mismatches.length > shown.length ? '; …' : '';
  return new GradientError(
    'gradcheck',
    `${mismatches.length} of ${count} values of the ${order}-order gradient are wrong: ${shown.join('; ')}${rest}.`,
    `Both agree within ${absolute} + ${relative} · |difference|.`,
    'Check the gradients of the ops in f; at a kink, move the input away from it.',
  );
}
