import {
  type Backend,
  bernoulli,
  type FusedKernels,
  type HostArray,
  type OptimizerStepAttributes,
  type RecurrentStackLayer,
  recurrentStackNames,
  type TypedArray,
  type View,
} from '@lstm/core';
import { type Arrays, dropoutKey } from '../arrays.ts';
import type { WorkerOptions } from '../protocol.ts';
import type { Workload, WorkloadLayer } from '../workloads.ts';
import type { Device } from './kernel-device.ts';
import { lossWithGradient } from './kernel-loss.ts';

type Weights = Readonly<Record<string, View>>;
/** Takes the gradient of a layer's output; stores those of its weights, returns that of its input. */
type Backward = (dy: View) => View | undefined;

const lstmAttributes = {
  reverse: false,
  zeroOutputForMask: false,
  activation: 'tanh',
  recurrentActivation: 'sigmoid',
} as const;

function fused<Name extends keyof FusedKernels>(backend: Backend, name: Name): NonNullable<FusedKernels[Name]> {
  const kernel = backend.fused?.[name];
  if (kernel === undefined) throw new Error(`the backend has no fused ${name}`);
  return kernel;
}

/** A workload's network written with kernels only. */
export class KernelNetwork {
  /** The weights of each layer, none for dropout. */
  readonly weights: readonly Weights[];
  readonly #device: Device;
  readonly #workload: Workload;
  readonly #x: View;
  readonly #y: View | undefined;
  readonly #slots: View[][];
  readonly #adam: WorkerOptions['adam'];
  #gradients = new Map<View, View>();
  #step = 0;

  constructor(
    device: Device,
    workload: Workload,
    arrays: Arrays,
    { adam, weightPrecision }: Pick<WorkerOptions, 'adam' | 'weightPrecision'>,
  ) {
    this.#device = device;
    this.#workload = workload;
    this.#adam = adam;
    const names = ['table', 'kernel', 'recurrentKernel', 'bias'];
    this.weights = workload.layers.map((_, index) =>
      Object.fromEntries(
        names.flatMap((name) => {
          const values = arrays[`${index}.${name}`];
          if (values === undefined) return [];
          const uploaded = device.upload(values);
          const round = name !== 'bias' && weightPrecision === 'bfloat16' && device.backend.kernels.roundToBfloat16;
          return [[name, round ? round(uploaded) : uploaded]];
        }),
      ),
    );
    this.#x = device.upload(arrays['x'] as HostArray);
    this.#y = arrays['y'] && device.upload(arrays['y']);
    const zeros = ({ shape }: View): View => device.backend.kernels.fill(shape, 0, 'float32');
    this.#slots = workload.loss === undefined ? [] : this.#parameters.map((each) => [zeros(each), zeros(each)]);
  }

  get #parameters(): View[] {
    return this.weights.flatMap((each) => Object.values(each));
  }

  /** Returns the last output. */
  infer(): TypedArray {
    const { output } = this.#forward(false);
    return this.#device.finish(output);
  }

  /** Changes the weights by one step; returns the loss before. */
  train(): TypedArray {
    const { output, backwards } = this.#forward(true);
    const { loss, gradient } = lossWithGradient(this.#device, this.#workload.loss, output, this.#y as View);
    let dy: View | undefined = gradient;
    for (const backward of backwards.reverse()) dy = dy && backward(dy);
    const parameters = this.#parameters;
    const update = this.#device.backend.updates?.optimizerStep;
    if (update === undefined) throw new Error('the backend has no fused optimizer step');
    const { learningRate, beta1, beta2, epsilon, clipNorm } = this.#adam;
    const attributes: OptimizerStepAttributes = {
      rule: { kind: 'adam', beta1, beta2, epsilon, weightDecay: 0, decoupled: false },
      learningRate,
      step: ++this.#step,
      clipNorm,
    };
    const gradients = parameters.map((each) => this.#gradients.get(each) as View);
    this.#device.keep(update.run({ parameters, gradients, slots: this.#slots, loss }, attributes));
    this.#gradients = new Map();
    return this.#device.finish(loss);
  }

  #forward(training: boolean): { readonly output: View; readonly backwards: Backward[] } {
    const { layers } = this.#workload;
    let output = this.#x;
    const backwards: Backward[] = [];
    for (let index = 0; index < layers.length; ) {
      const stacked = layers.slice(index).findIndex(({ kind }) => kind !== 'embedding' && kind !== 'lstm');
      const end = stacked === -1 ? layers.length : index + Math.max(stacked, 1);
      const [y, backward] = this.#layers(index, end, output, training);
      output = y;
      if (training) backwards.push(backward);
      index = end;
    }
    return { output, backwards };
  }

  /** An embedding and LSTM layers on top of each other, or one layer of another kind. */
  #layers(first: number, end: number, x: View, training: boolean): [View, Backward] {
    const layer = this.#workload.layers[first] as WorkloadLayer;
    const weights = this.weights[first] as Weights;
    switch (layer.kind) {
      case 'embedding':
      case 'lstm':
        return this.#stack(first, end, x, training);
      case 'coupledCell':
        throw new Error('there is no kernel for this cell');
      case 'dense':
        return this.#dense(weights, x, layer.activation, training);
      case 'dropout':
        return training ? this.#dropout(layer.rate, first, x) : [x, (dy) => dy];
    }
  }

  #stack(first: number, end: number, x: View, training: boolean): [View, Backward] {
    const kernel = fused(this.#device.backend, 'recurrentStack');
    const { table } = this.weights[first] as Weights;
    const inputs: Record<string, View | undefined> = table === undefined ? { x } : { tokens: x, table };
    const layers: RecurrentStackLayer[] = [];
    for (const { kernel, recurrentKernel, bias } of this.weights.slice(table === undefined ? first : first + 1, end)) {
      const names = recurrentStackNames(layers.length, 'forward');
      Object.assign(inputs, {
        [names.kernel]: kernel,
        [names.recurrentKernel]: recurrentKernel,
        [names.bias]: bias,
      });
      layers.push({ cell: 'lstm', directions: ['forward'], attributes: lstmAttributes });
    }
    const { outputs, saved } = kernel.forward(inputs, { layers }, training);
    for (const output of Object.values(outputs)) this.#device.keep(output);
    this.#device.later(() => kernel.release(saved));
    const needs = new Set(Object.keys(inputs).filter((name) => name !== 'tokens' && inputs[name] !== this.#x));
    const last = this.#workload.layers[end - 1] as WorkloadLayer & { kind: 'lstm' };
    const handedOn = last.sequences ? 'y' : recurrentStackNames(layers.length - 1, 'forward').h;
    return [outputs[handedOn] as View, (dy) => this.#take(kernel.backward(saved, { [handedOn]: dy }, needs), inputs)];
  }

  #dense(weights: Weights, x: View, activation: 'linear' | 'relu', training: boolean): [View, Backward] {
    const kernel = fused(this.#device.backend, 'linear');
    const width = x.shape.at(-1) as number;
    const rows = x.shape.slice(0, -1).reduce((product, length) => product * length, 1);
    const inputs = { x: { ...x, shape: [rows, width] }, kernel: weights['kernel'] as View, bias: weights['bias'] };
    const { outputs, saved } = kernel.forward(inputs, { activation }, training);
    this.#device.keep(outputs.y);
    this.#device.later(() => kernel.release(saved));
    return [
      outputs.y,
      (dy) => {
        const dx = this.#take(kernel.backward(saved, { y: dy }, new Set(['x', 'kernel', 'bias'])), inputs);
        return dx && { ...dx, shape: x.shape };
      },
    ];
  }

  #dropout(rate: number, index: number, x: View): [View, Backward] {
    const { backend } = this.#device;
    const scale = this.#device.keep(backend.kernels.fill([1, 1], 1 / (1 - rate), 'float32'));
    const count = x.shape.reduce((product, length) => product * length, 1);
    const kept = this.#device.keep(backend.upload(bernoulli(count, rate, dropoutKey(index, this.#step)), x.shape));
    const mask = this.#device.keep(backend.kernels.binary('mul', kept, scale));
    const drop = (values: View): View => this.#device.keep(backend.kernels.binary('mul', values, mask));
    return [drop(x), drop];
  }

  /** Stores the gradients of a kernel's inputs and returns that of `x`. */
  #take(found: Partial<Record<string, View>>, inputs: Partial<Record<string, View>>): View | undefined {
    for (const [name, gradient] of Object.entries(found)) {
      if (gradient !== undefined) this.#gradients.set(inputs[name] as View, this.#device.keep(gradient));
    }
    return found['x'];
  }
}
