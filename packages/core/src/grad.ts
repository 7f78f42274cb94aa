import { assertTensor, assertTensors } from './assert-tensor.ts';
import { alias, backpropagate } from './backpropagate.ts';
import { full } from './create.ts';
import { DTypeError, GradientError, ShapeError } from './errors.ts';
import { GradNode, type Saved } from './graph.ts';
import { checkFunction, checkOptions } from './options.ts';
import { isOwned, refusePromise, tidy } from './scope.ts';
import { formatShape, sameShape } from './shape.ts';
import { commonBackend, isRecording, noGrad, record, withRecording } from './tape.ts';
import { Tensor } from './tensor.ts';

/** Options of {@link grad}. */
export interface GradOptions {
  /** Record the computation of the gradients, so that gradients of gradients can be asked for. Default false. */
  readonly createGraph?: boolean;
  /** Keep the graph, so that gradients can be asked for again. Default: the value of `createGraph`. */
  readonly retainGraph?: boolean;
  /** Gradient of the outermost value with respect to `loss`, of its shape. Default 1, for a scalar `loss`. */
  readonly outputGradient?: Tensor;
}

/**
 * Returns the gradient of `loss` with respect to each of `inputs`, of the input's shape; zeros where no path leads from it while
 * one leads from another.
 *
 * Reverse-mode differentiation over the recorded ops. The graph is released unless it is retained.
 *
 * @param loss - a scalar, computed while recording from tensors with `requiresGrad`
 * @throws {@link ShapeError} when `loss` is not a scalar and no `outputGradient` is given, {@link DTypeError} when that has
 *   another dtype
 * @throws {@link GradientError} when `loss` or an input is not part of a recorded computation, no path leads from any input to
 *   `loss`, or the graph was released
 *
 * @example
 * ```ts
 * import { grad, mul, sum, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x = tensor([1, 2, 3], { requiresGrad: true });
 * const [slope] = grad(sum(mul(x, x)), [x]);
 * console.log((await slope.data()).join(' ')); // => 2 4 6
 * ```
 */
export function grad<const In extends readonly Tensor[]>(
  loss: Tensor,
  inputs: In,
  options: GradOptions = {},
): { -readonly [K in keyof In]: Tensor } {
  checkOptions('grad', options, ['createGraph', 'retainGraph', 'outputGradient']);
  assertTensor('grad', 'loss', loss);
  assertTensors('grad', 'inputs', inputs);
  for (const [i, tensor] of [loss, ...inputs].entries()) {
    const name = i === 0 ? 'loss' : `inputs[${i - 1}]`;
    if (tensor.requiresGrad) continue;
    throw new GradientError(
      'grad',
      `${name} is not part of a recorded computation.`,
      'Ops are recorded outside noGrad when an input has requiresGrad.',
      'Create the input with { requiresGrad: true }, take parameter.value, or use valueAndGrad.',
    );
  }
  return gradientsOf('grad', 'Give the very tensors that the loss was computed from.', loss, inputs, options);
}

/** Gradients of a loss with respect to inputs; `fix` says what to do where no path leads from any of them to it. */
function gradientsOf<const In extends readonly Tensor[]>(
  where: string,
  fix: string,
  loss: Tensor,
  inputs: In,
  { createGraph = false, retainGraph = createGraph, outputGradient }: GradOptions,
): { -readonly [K in keyof In]: Tensor } {
  assertTensor(where, 'loss', loss);
  if (outputGradient !== undefined) assertTensor(where, 'outputGradient', outputGradient);
  if (outputGradient === undefined ? loss.size !== 1 : !sameShape(outputGradient.shape, loss.shape)) {
    throw new ShapeError(
      where,
      outputGradient === undefined
        ? `loss is ${formatShape(loss.shape)}.`
        : `outputGradient is ${formatShape(outputGradient.shape)}, loss is ${formatShape(loss.shape)}.`,
      'A gradient is that of a scalar, or of a tensor with an output gradient of its shape.',
      'Reduce the loss by mean or sum.',
    );
  }
  if (outputGradient !== undefined && outputGradient.dtype !== loss.dtype) {
    throw new DTypeError(
      where,
      `outputGradient is ${outputGradient.dtype}, loss is ${loss.dtype}.`,
      'A gradient has the dtype of what it is the gradient of.',
      `Convert it: cast(outputGradient, '${loss.dtype}').`,
    );
  }
  return tidy(() => {
    const like = { dtype: loss.dtype, backend: loss.backend };
    const gradient = outputGradient ?? full(loss.shape, 1, like);
    const gradients = backpropagate([{ tensor: loss, gradient }], inputs, { createGraph, retainGraph });
    if (inputs.length > 0 && gradients.every((found) => found === undefined)) {
      throw new GradientError(
        where,
        'the loss does not depend on any of the inputs.',
        'Gradients are those with respect to what the loss was computed from.',
        fix,
      );
    }
    const seen = new Set<Tensor>();
    return inputs.map((input, i) => {
      const found = gradients[i];
      if (found === undefined) return full(input.shape, 0, { dtype: input.dtype, backend: input.backend });
      if (seen.has(found)) return alias(found);
      seen.add(found);
      return found;
    }) as { -readonly [K in keyof In]: Tensor };
  });
}

/**
 * Returns `x` as a new leaf: gradients with respect to it can be asked for, none flows further back.
 *
 * @throws {@link OptionError} when `x` is no tensor
 *
 * @example
 * ```ts
 * import { grad, mul, requireGrad, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x = requireGrad(tensor(3));
 * const [slope] = grad(mul(x, x), [x]);
 * console.log(await slope.item()); // => 6
 * ```
 */
export function requireGrad(x: Tensor): Tensor {
  assertTensor('requireGrad', 'x', x);
  return new Tensor(x.storage.retain(), x.shape, x.dtype, new GradNode('leaf', []));
}

/**
 * Returns `x` without its history: no gradient flows through it.
 *
 * @throws {@link OptionError} when `x` is no tensor
 *
 * @example
 * ```ts
 * import { grad, mul, stopGradient, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x = tensor(3, { requiresGrad: true });
 * const [slope] = grad(mul(x, stopGradient(x)), [x]); // the second factor counts as a constant
 * console.log(await slope.item()); // => 3
 * ```
 */
export function stopGradient(x: Tensor): Tensor {
  assertTensor('stopGradient', 'x', x);
  return new Tensor(x.storage.retain(), x.shape, x.dtype);
}

/**
 * Returns the value of `body` at `inputs` and its gradient with respect to each input, also inside `noGrad`; everything else is freed.
 * Neither has a history: gradients of gradients come from {@link grad}.
 *
 * @param body - computes a scalar from its arguments, which stand for `inputs`: other tensors in it count as constants
 * @throws {@link GradientError} when the value does not depend on any of the arguments, {@link ShapeError} when it is not a scalar
 * @throws {@link ScopeError} when `body` returns a promise
 *
 * @example
 * ```ts
 * import { mul, sum, tensor, useBackend, valueAndGrad } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const { value, gradients } = valueAndGrad((x) => sum(mul(x, x)), [tensor([1, 2, 3])]);
 * console.log(await value.item(), (await gradients[0].data()).join(' ')); // => 14 2 4 6
 * ```
 */
export function valueAndGrad<const In extends readonly Tensor[]>(
  body: (...inputs: { -readonly [K in keyof In]: Tensor }) => Tensor,
  inputs: In,
): { readonly value: Tensor; readonly gradients: { -readonly [K in keyof In]: Tensor } } {
  checkFunction('valueAndGrad', 'body', body);
  assertTensors('valueAndGrad', 'inputs', inputs);
  return tidy(() => {
    const leaves = inputs.map(requireGrad) as unknown as { -readonly [K in keyof In]: Tensor };
    const loss = refusePromise(
      'valueAndGrad',
      withRecording(true, () => body(...leaves)),
    );
    const fix =
      'Compute it from the arguments of the function. For the weights of a network use grad(loss, …), for gradients of gradients ' +
      'grad(…, { createGraph: true }).';
    const gradients = gradientsOf('valueAndGrad', fix, loss, leaves as unknown as In, {});
    return { value: stopGradient(loss), gradients };
  });
}

/** An op written with other ops, with a gradient of its own. */
export interface CustomGradientSpec<In extends readonly Tensor[]> {
  readonly name: string;
  readonly inputs: In;
  /** Computes the outputs with ordinary ops, which are not recorded. */
  readonly forward: (...inputs: In) => Tensor | readonly Tensor[];
  /** Gradients of the inputs from those of the outputs; `undefined` where an input is not differentiable. */
  readonly backward: (dys: readonly Tensor[], saved: Saved) => readonly (Tensor | undefined)[];
}

/**
 * Returns the outputs of `forward`; their gradient is what `backward` says. It may use all inputs and outputs.
 *
 * @throws {@link OptionError} when an input is no tensor, {@link BackendMismatchError} when the inputs live on two backends or there is none
 *
 * @example
 * ```ts
 * import { customGradient, mul, tensor, useBackend, valueAndGrad, type Tensor } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * // The identity, whose gradient is reversed.
 * const reverseGradient = (x: Tensor): Tensor =>
 *   customGradient({
 *     name: 'reverseGradient',
 *     inputs: [x],
 *     forward: (input) => mul(input, 1),
 *     backward: ([dy]) => [dy && mul(dy, -1)],
 *   })[0] as Tensor;
 * const { gradients } = valueAndGrad(reverseGradient, [tensor(5)]);
 * console.log(await gradients[0].item()); // => -1
 * ```
 */
export function customGradient<const In extends readonly Tensor[]>(spec: CustomGradientSpec<In>): Tensor[] {
  const { name, inputs } = spec;
  const backend = commonBackend(name, inputs);
  const outputs = tidy(() =>
    noGrad(() => {
      const made = [spec.forward(...inputs)].flat() as Tensor[];
      // What was there before, or comes twice, gets a handle of its own, so that disposing one leaves the other.
      return made.map((y, i) => (isOwned(y) && made.indexOf(y) === i ? y : stopGradient(y)));
    }),
  );
  if (!isRecording() || !inputs.some((input) => input.requiresGrad)) return outputs;
  const shapes = outputs.map(({ shape, dtype }) => ({ shape, dtype }));
  const keep = { inputs: inputs.map((_, i) => i), outputs: true };
  const contents = outputs.map(({ storage, shape, dtype }) => ({ storage: storage.retain(), shape, dtype }));
  for (const output of outputs) output.dispose();
  return record(name, inputs, contents, keep, (saved, gradients) => {
    const dys = shapes.map(({ shape, dtype }, i) => gradients[i] ?? full(shape, 0, { dtype, backend }));
    return spec.backward(dys, saved);
  });
}
