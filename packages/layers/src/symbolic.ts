import { checkOptions, describeValue, OptionError, Tensor } from '@lstm/core';
import type { Layer } from './layer.ts';
import { checkName, checkSampleShape, expectInputCount, expectStates, unusedStates } from './layer-errors.ts';
import type { PartialShape } from './shape.ts';

/** A call of a layer in a functional network. */
export interface GraphNode {
  readonly layer: Layer;
  readonly inputs: readonly SymbolicTensor[];
  readonly initialState: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
}

/** Stands for a tensor of a functional network before there is data. */
export interface SymbolicTensor {
  /** With the batch, which is `null`. */
  readonly shape: PartialShape;
  /** The call that makes it; absent for an input of the network. */
  readonly node: GraphNode | undefined;
  /** Which of the call's outputs it is. */
  readonly output: number;
  /** Name of an input. */
  readonly name: string | undefined;
}

/** Options of {@link input}. */
export interface InputOptions {
  /** Shape of one sample, without the batch; `null` for an axis of any length. */
  readonly shape: PartialShape;
  readonly name?: string;
}

/** How a layer is added to a functional network. */
export interface ApplyOptions {
  /** States that a recurrent layer starts from, each `[batch, units]`. */
  readonly initialState?: readonly SymbolicTensor[];
}

/**
 * Returns an input of a functional network.
 *
 * @throws OptionError when an option is unknown or the shape is none
 *
 * @example
 * ```ts
 * import { input, lstm } from '@lstm/layers';
 *
 * const series = input({ shape: [null, 3], name: 'series' }); // any number of steps
 * console.log(lstm({ units: 4, returnSequences: true }).apply(series).shape); // => [ null, null, 4 ]
 * ```
 */
export function input(options: InputOptions): SymbolicTensor {
  checkOptions('input', options, ['shape', 'name']);
  checkSampleShape('input', 'shape', options.shape);
  checkName('input', options.name);
  return { shape: [null, ...options.shape], node: undefined, output: 0, name: options.name };
}

/** Throws unless all of `list` stand for tensors of a functional network. */
export function expectSymbolic(where: string, name: string, list: readonly unknown[]): void {
  for (const each of list) {
    if (typeof each === 'object' && each !== null && 'node' in each && !(each instanceof Tensor)) continue;
    throw new OptionError(
      where,
      `${name} holds ${describeValue(each)}.`,
      'A functional network is made of what input({ shape }) and apply of a layer gave.',
      each instanceof Tensor
        ? 'To compute with a tensor write call(x).'
        : 'Start with const x = input({ shape: [10, 3] }).',
    );
  }
}

/** Returns the symbolic outputs of a layer for symbolic inputs. */
export function applyLayer(
  layer: Layer,
  inputs: SymbolicTensor | readonly SymbolicTensor[],
  options: ApplyOptions,
): readonly SymbolicTensor[] {
  checkOptions(layer.name, options, ['initialState']);
  const list: readonly SymbolicTensor[] = Array.isArray(inputs) ? [...inputs] : [inputs as SymbolicTensor];
  if (list.length === 0) {
    throw new OptionError(
      layer.name,
      'there are no inputs.',
      'A layer is applied to at least one.',
      'Pass input({ shape }).',
    );
  }
  expectSymbolic(layer.name, 'inputs', list);
  expectInputCount(layer, list.length);
  const initialState = [...(options.initialState ?? [])];
  expectSymbolic(layer.name, 'initialState', initialState);
  if (initialState.length > 0 && !layer.takesInitialState) {
    throw unusedStates(layer);
  }
  if (initialState.length > 0) expectStates(layer, initialState);
  const shapes = list.map(({ shape }) => shape);
  layer.checkInputs(shapes, shaperOf(list[0] as SymbolicTensor));
  const outputs: SymbolicTensor[] = [];
  const node: GraphNode = { layer, inputs: list, initialState, outputs };
  layer.outputShapes(shapes).forEach((shape, output) => {
    outputs.push({ shape, node, output, name: undefined });
  });
  return outputs;
}

/** Returns the layer that gave a tensor its number of axes: layers after it only changed values or lengths. */
export function shaperOf({ shape, node }: SymbolicTensor): Layer | undefined {
  const [source] = node?.inputs ?? [];
  return source !== undefined && source.shape.length === shape.length ? shaperOf(source) : node?.layer;
}
