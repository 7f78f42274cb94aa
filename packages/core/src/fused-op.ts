import type { FusedKernel, FusedKernels } from './backend/fused.ts';
import type { View } from './backend/types.ts';
import { backpropagate } from './backpropagate.ts';
import { storageOf } from './storage.ts';
import { commonBackend, contentsOf, isRecording, noGrad, op, record } from './tape.ts';
import { Tensor } from './tensor.ts';

type Named<T> = Readonly<Record<string, T | undefined>>;

/** Inputs of a fused op by name: an absent optional input is `undefined`. */
export type NamedTensors = Readonly<Record<string, Tensor | undefined>>;

type AnyFusedKernel = FusedKernel<Named<View>, unknown, Readonly<Record<string, View>>>;

/** A call of a fused op. */
export interface FusedOpSpec<Name extends keyof FusedKernels, In extends object, Attributes, Out extends object> {
  /** The member of {@link FusedKernels} that may do the work. */
  readonly name: Name;
  readonly inputs: In;
  readonly attributes: Attributes;
  /** The definition of the op in ordinary ops: runs where no kernel does, and gives second-order gradients everywhere. */
  readonly fallback: (inputs: In, attributes: Attributes) => Out;
}

/** Returns `x`; a graph node of its own, so that a walk can stop at it. */
function identity(x: Tensor): Tensor {
  return op({ name: 'identity', inputs: [x], forward: (_, view) => view, gradients: [(dy) => dy] });
}

function byName<T>(names: readonly string[], values: readonly T[]): Record<string, T> {
  const result: Record<string, T> = {};
  for (let i = 0; i < names.length; i++) result[names[i] as string] = values[i] as T;
  return result;
}

/**
 * Runs the backend's fused kernel where it has one that supports the call, else the composition in ordinary ops. Both have
 * the same gradients.
 *
 * @throws {@link OptionError} when an input is no tensor, {@link BackendMismatchError} when the inputs live on two backends or there is none
 *
 * @example
 * ```ts
 * import { add, fusedOp, matmul, ones, useBackend, zeros } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const inputs = { x: ones([1, 2]), kernel: ones([2, 3]), bias: zeros([3]) };
 * const { y } = fusedOp({
 *   name: 'linear',
 *   inputs,
 *   attributes: { activation: 'linear' },
 *   fallback: ({ x, kernel, bias }) => ({ y: add(matmul(x, kernel), bias) }),
 * });
 * console.log(await y.array()); // => [ [ 2, 2, 2 ] ]
 * ```
 */
export function fusedOp<Name extends keyof FusedKernels, In extends object, Attributes, Out extends object>(
  spec: FusedOpSpec<Name, In, Attributes, Out>,
): Out {
  const { name, attributes } = spec;
  const inputs = spec.inputs as NamedTensors;
  const names = Object.keys(inputs).filter((key) => inputs[key] !== undefined);
  const tensors = names.map((key) => inputs[key] as Tensor);
  const backend = commonBackend(name, tensors);
  const kernel = backend.fused?.[name] as AnyFusedKernel | undefined;
  const views = byName(
    names,
    tensors.map((input) => input.view(name)),
  );
  if (kernel === undefined || kernel.supports?.(views, attributes) === false)
    return spec.fallback(spec.inputs, attributes);

  const training = isRecording() && tensors.some((input) => input.requiresGrad);
  const { outputs: outputViews, saved } = kernel.forward(views, attributes, training);
  const outputNames = Object.keys(outputViews);
  const outputs = outputNames.map((key) => contentsOf(backend, outputViews[key] as View, tensors));
  const named = (list: readonly Tensor[]): Out => byName(outputNames, list) as Out;
  if (!training) {
    kernel.release(saved);
    return named(outputs.map(({ storage, shape, dtype }) => new Tensor(storage, shape, dtype)));
  }

  const runKernel = (gradients: readonly (Tensor | undefined)[], needs: readonly boolean[]): (Tensor | undefined)[] => {
    const dys: Record<string, View> = {};
    gradients.forEach((dy, i) => {
      if (dy !== undefined) dys[outputNames[i] as string] = dy.view(name);
    });
    const found = kernel.backward(saved, dys, new Set(names.filter((_, i) => needs[i])));
    return names.map((key) => {
      const view = found[key];
      return view && new Tensor(storageOf(backend, view, []), view.shape, view.dtype);
    });
  };
  const keep = { inputs: tensors.map((_, i) => i), outputs: true };
  return named(
    record(
      name,
      tensors,
      outputs,
      keep,
      (kept, gradients, needs, createGraph) => {
        if (!createGraph) return noGrad(() => runKernel(gradients, needs));
        const again = names.map((_, i) => identity(kept.input(i)));
        const inputsAgain = byName(names, again) as In;
        const outputsAgain = spec.fallback(inputsAgain, attributes) as Readonly<Record<string, Tensor>>;
        const roots = outputNames.flatMap((key, i) => {
          const gradient = gradients[i];
          return gradient === undefined ? [] : [{ tensor: outputsAgain[key] as Tensor, gradient }];
        });
        const targets = again.filter((_, i) => needs[i]);
        const found = backpropagate(roots, targets, { createGraph: true, retainGraph: true });
        return again.map((input) => found[targets.indexOf(input)]);
      },
      () => kernel.release(saved),
    ),
  );
}
