import { assertTensors } from './assert-tensor.ts';
import type { Backend, Kernels, View } from './backend/types.ts';
import { BackendMismatchError } from './errors.ts';
import { type Backward, type Contents, GradNode, type Keep, type Saved } from './graph.ts';
import { checkFunction } from './options.ts';
import { refusePromise } from './scope.ts';
import { storageOf } from './storage.ts';
import { Tensor } from './tensor.ts';

let recording = true;

/** @internal Runs `body` with recording switched on or off. */
export function withRecording<T>(on: boolean, body: () => T): T {
  const outer = recording;
  recording = on;
  try {
    return body();
  } finally {
    recording = outer;
  }
}

/**
 * Returns true when ops record what a gradient would need.
 *
 * @example
 * ```ts
 * import { isRecording, noGrad } from '@lstm/core';
 *
 * console.log(isRecording(), noGrad(isRecording)); // => true false
 * ```
 */
export function isRecording(): boolean {
  return recording;
}

/**
 * Returns what `body` returns, computed without recording: nothing is kept for gradients.
 *
 * @throws {@link ScopeError} when `body` returns a promise, {@link OptionError} when it is no function
 *
 * @example
 * ```ts
 * import { mul, noGrad, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * const x = tensor([1, 2], { requiresGrad: true });
 * console.log(mul(x, 2).requiresGrad, noGrad(() => mul(x, 2)).requiresGrad); // => true false
 * ```
 */
export function noGrad<T>(body: () => T): T {
  checkFunction('noGrad', 'body', body);
  return refusePromise('noGrad', withRecording(false, body));
}

/** An op with one output. `gradients` has one function per input; `undefined` means not differentiable. */
export interface OpSpec<In extends readonly Tensor[]> {
  readonly name: string;
  readonly inputs: In;
  readonly keep?: Keep;
  /** Calls one kernel; or returns an input's view with another shape, which then shares its storage. */
  readonly forward: (kernels: Kernels, ...views: { [K in keyof In]: View }) => View;
  readonly gradients: { readonly [K in keyof In]: ((dy: Tensor, saved: Saved) => Tensor) | undefined };
}

/** An op with several outputs; missing output gradients arrive as zeros. */
export interface MultiOpSpec<In extends readonly Tensor[]> {
  readonly name: string;
  readonly inputs: In;
  readonly keep?: Keep;
  readonly forward: (kernels: Kernels, ...views: { [K in keyof In]: View }) => readonly View[];
  readonly gradients: { readonly [K in keyof In]: ((dys: readonly Tensor[], saved: Saved) => Tensor) | undefined };
}

/**
 * Returns the one backend of `inputs`.
 *
 * @throws {@link BackendMismatchError} when they live on two, DisposedError when one was disposed
 */
export function commonBackend(where: string, inputs: readonly Tensor[]): Backend {
  assertTensors(where, 'inputs', inputs);
  if (inputs.length === 0) {
    const rule = 'The backend is that of the inputs.';
    throw new BackendMismatchError(where, 'no input was given.', rule, 'Give at least one tensor.');
  }
  let backend: Backend | undefined;
  for (const input of inputs) {
    backend ??= input.backend;
    if (input.backend === backend) continue;
    const [one, other] = [backend.name, input.backend.name];
    throw new BackendMismatchError(
      where,
      `inputs live on two backends, ${one === other ? `both named ${one}` : `${one} and ${other}`}.`,
      'All inputs of an op live on one backend.',
      `Move one: tensor(await x.data(), { shape: x.shape, backend }).`,
    );
  }
  return backend as Backend;
}

function tensorOf({ storage, shape, dtype }: Contents, node?: GradNode, output?: number): Tensor {
  return new Tensor(storage, shape, dtype, node, output);
}

/** @internal Makes tensors of the graph of `outputs`, connected to a new node. */
export function record(
  name: string,
  inputs: readonly Tensor[],
  outputs: readonly Contents[],
  keep: Keep | undefined,
  backward: Backward,
  release?: () => void,
): Tensor[] {
  const node = new GradNode(name, inputs, backward, release);
  if (keep !== undefined) node.keep(keep, inputs, outputs);
  return outputs.map((each, i) => tensorOf(each, node, i));
}

/** Whether a gradient may be asked for of an op with these gradients. */
function isRecorded(inputs: readonly Tensor[], gradients: readonly unknown[]): boolean {
  if (!recording) return false;
  for (let i = 0; i < inputs.length; i++) {
    if (gradients[i] !== undefined && inputs[i]?.requiresGrad === true) return true;
  }
  return false;
}

/** @internal What a kernel has made for an op; an input's handle shares the input's storage. */
export function contentsOf(backend: Backend, view: View, inputs: readonly Tensor[]): Contents {
  return { storage: storageOf(backend, view, inputs), shape: view.shape, dtype: view.dtype };
}

/**
 * Runs an op with several outputs and records it when a gradient may be asked for.
 *
 * @throws {@link OptionError} when an input is no tensor, {@link BackendMismatchError} when the inputs live on two backends or there is none
 *
 * @example
 * ```ts
 * import { add, grad, multiOp, mul, sum, tensor, useBackend, type Tensor } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * // Returns x² and 2x.
 * function squareAndDouble(x: Tensor): readonly Tensor[] {
 *   return multiOp({
 *     name: 'squareAndDouble',
 *     inputs: [x],
 *     keep: { inputs: [0] },
 *     forward: (kernels, view) => [kernels.binary('mul', view, view), kernels.binary('add', view, view)],
 *     gradients: [([dy, dz], saved) => mul(2, add(mul(dy as Tensor, saved.input(0)), dz as Tensor))],
 *   });
 * }
 * const x = tensor([1, 3], { requiresGrad: true });
 * const [square, double] = squareAndDouble(x) as [Tensor, Tensor];
 * console.log(await square.array(), await double.array()); // => [ 1, 9 ] [ 2, 6 ]
 * const [slope] = grad(sum(add(square, double)), [x]);
 * console.log(await slope.array()); // => [ 4, 8 ]
 * ```
 */
export function multiOp<const In extends readonly Tensor[]>(spec: MultiOpSpec<In>): Tensor[] {
  const { name, inputs } = spec;
  const gradientsOf: readonly (((dys: readonly Tensor[], saved: Saved) => Tensor) | undefined)[] = spec.gradients;
  const backend = commonBackend(name, inputs);
  const inputViews = inputs.map((input) => input.view(name)) as { [K in keyof In]: View };
  const views = spec.forward(backend.kernels, ...inputViews);
  const outputs = views.map((view) => contentsOf(backend, view, inputs));
  if (!isRecorded(inputs, gradientsOf)) return outputs.map((each) => tensorOf(each));
  return record(name, inputs, outputs, spec.keep, (saved, gradients, needs) => {
    const dys = views.map((view, i) => gradients[i] ?? zerosOf(backend, view));
    return gradientsFor(gradientsOf, dys, saved, needs);
  });
}

/**
 * Runs an op and records it when a gradient may be asked for. This is all a new op needs.
 *
 * @throws {@link OptionError} when an input is no tensor, {@link BackendMismatchError} when the inputs live on two backends or there is none
 *
 * @example
 * ```ts
 * import { mul, op, tensor, useBackend, valueAndGrad, type Tensor } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * function square(x: Tensor): Tensor {
 *   return op({
 *     name: 'square',
 *     inputs: [x],
 *     keep: { inputs: [0] },
 *     forward: (kernels, view) => kernels.binary('mul', view, view),
 *     gradients: [(dy, saved) => mul(dy, mul(2, saved.input(0)))], // d(x²) = 2x dx
 *   });
 * }
 * const { value, gradients } = valueAndGrad(square, [tensor(3)]);
 * console.log(await value.item(), await gradients[0].item()); // => 9 6
 * ```
 */
export function op<const In extends readonly Tensor[]>(spec: OpSpec<In>): Tensor {
  const { name, inputs } = spec;
  const gradientsOf: readonly (((dy: Tensor, saved: Saved) => Tensor) | undefined)[] = spec.gradients;
  const backend = commonBackend(name, inputs);
  const inputViews = inputs.map((input) => input.view(name)) as { [K in keyof In]: View };
  const output = contentsOf(backend, spec.forward(backend.kernels, ...inputViews), inputs);
  if (!isRecorded(inputs, gradientsOf)) return tensorOf(output);
  // A node is walked only when a gradient of its output came.
  const backward: Backward = (saved, dys, needs) => gradientsFor(gradientsOf, dys[0] as Tensor, saved, needs);
  const node = new GradNode(name, inputs, backward);
  if (spec.keep !== undefined) node.keep(spec.keep, inputs, [output]);
  return tensorOf(output, node);
}

/** The gradients that are needed. */
function gradientsFor<Dy>(
  gradients: readonly (((dy: Dy, saved: Saved) => Tensor) | undefined)[],
  dy: Dy,
  saved: Saved,
  needs: readonly boolean[],
): (Tensor | undefined)[] {
  const found = new Array<Tensor | undefined>(gradients.length);
  for (let i = 0; i < gradients.length; i++) found[i] = needs[i] === true ? gradients[i]?.(dy, saved) : undefined;
  return found;
}

function zerosOf(backend: Backend, { shape, dtype }: View): Tensor {
  const view = backend.kernels.fill(shape, 0, dtype);
  return new Tensor(storageOf(backend, view, []), view.shape, view.dtype);
}
