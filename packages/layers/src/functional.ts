import { checkOptions, OptionError, type SessionLayer, ShapeError, type Tensor } from '@lstm/core';
import { contextWith } from './context-with.ts';
import type { CallContext, Layer, LayerConfig } from './layer.ts';
import { notStreamed, stepByStep } from './layer-errors.ts';
import {
  expectInputs,
  expectUniqueParameters,
  Network,
  type NetworkOptions,
  type NetworkResult,
  nameLayers,
  within,
} from './network.ts';
import { addBatch, fits, formatPartialShape, lacksBatch, type PartialShape } from './shape.ts';
import { streamedLayers } from './streaming.ts';
import { expectSymbolic, type GraphNode, type SymbolicTensor, shaperOf } from './symbolic.ts';

/** Options of {@link model}. */
export interface ModelOptions extends NetworkOptions {
  readonly inputs: SymbolicTensor | readonly SymbolicTensor[];
  readonly outputs: SymbolicTensor | readonly SymbolicTensor[];
}

const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? [...value] : [value as T]);

/** Returns the nodes that `outputs` need, each after those that feed it, those of the first output first. */
function nodesInOrder(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): GraphNode[] {
  const order: GraphNode[] = [];
  const seen = new Set<GraphNode>();
  // The work that comes next is at the end.
  const work = outputs.map((tensor) => ({ tensor, ready: false })).reverse();
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { tensor, ready } = item;
    const { node } = tensor;
    if (inputs.includes(tensor)) continue;
    if (node === undefined) {
      throw new OptionError(
        'model',
        `an output depends on an input ${tensor.name ?? formatPartialShape(tensor.shape)} that is not among inputs.`,
        'inputs names every input({ shape }) that the outputs are computed from.',
        'Add it to inputs.',
      );
    }
    if (ready) {
      order.push(node);
      continue;
    }
    if (seen.has(node)) continue;
    seen.add(node);
    work.push({ tensor, ready: true });
    for (const source of [...node.inputs, ...node.initialState].reverse()) work.push({ tensor: source, ready: false });
  }
  return order;
}

/** What the layers of a graph gave so far, in the order in which they ran. */
type Values = Map<SymbolicTensor, { readonly value: Tensor; readonly mask: Tensor | undefined }>;

/**
 * Returns what `run` returns.
 *
 * @throws ShapeError that names the first layer that gave another shape than it declared, where `run` throws one
 */
function expectDeclared<T>(values: Values, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause;
    for (const [{ node, shape }, { value }] of values) {
      const found = [null, ...value.shape.slice(1)];
      if (node === undefined || fits(found, shape)) continue;
      throw new ShapeError(
        node.layer.name,
        `the output is ${formatPartialShape(found)}.`,
        `outputShapes says ${formatPartialShape(shape)}.`,
        'Override outputShapes(inputShapes) so that it tells what forward returns.',
        { cause },
      );
    }
    throw cause;
  }
}

/** Returns the name of a layer unless it is one that networks give. */
function givenName({ name, type }: Layer): string | undefined {
  const numbered = name.startsWith(`${type}_`) && /^\d+$/.test(name.slice(type.length + 1));
  return name === type || numbered ? undefined : name;
}

/** A graph of layers with any number of inputs and outputs. */
class Functional extends Network {
  readonly type: string = 'model';
  readonly #inputs: readonly SymbolicTensor[];
  readonly #outputs: readonly SymbolicTensor[];
  readonly #nodes: readonly GraphNode[];
  readonly #layers: readonly Layer[];

  constructor({ inputs, outputs, ...options }: ModelOptions) {
    super('model', options);
    this.#inputs = listOf(inputs);
    this.#outputs = listOf(outputs);
    expectSymbolic('model', 'inputs', this.#inputs);
    expectSymbolic('model', 'outputs', this.#outputs);
    this.#nodes = nodesInOrder(this.#inputs, this.#outputs);
    this.#layers = [...new Set(this.#nodes.map(({ layer }) => layer))];
    nameLayers(this.name, this.#layers);
  }

  override get layers(): readonly Layer[] {
    return this.#layers;
  }

  override get inputShapes(): readonly PartialShape[] {
    return this.#inputs.map(({ shape }) => shape);
  }

  override get outputActivations(): readonly (string | undefined)[] {
    return this.#outputs.map(({ node }) => node?.layer.outputActivation);
  }

  override get outputNames(): readonly (string | undefined)[] {
    return this.#outputs.map(({ node }) => node && givenName(node.layer));
  }

  override get needsReturnSequences(): string | undefined {
    return within(this, shaperOf(this.#outputs[0] as SymbolicTensor));
  }

  override outputShapes(): readonly PartialShape[] {
    return this.#outputs.map(({ shape }) => shape);
  }

  override checkInputs(shapes: readonly PartialShape[]): void {
    expectInputs(this.name, shapes, this.inputShapes);
    shapes.forEach((shape, i) => {
      const { shape: expected } = this.#inputs[i] as SymbolicTensor;
      if (fits(shape, expected)) return;
      throw new ShapeError(
        this.name,
        `input ${this.#nameOf(i)} is ${formatPartialShape(shape)}.`,
        `It takes ${formatPartialShape(expected)}.`,
        this.#inputFix(shape, expected, shapes),
      );
    });
  }

  #nameOf(input: number): string {
    return this.#inputs[input]?.name ?? `${input}`;
  }

  /** What to do about an input that is not as expected. */
  #inputFix(shape: PartialShape, expected: PartialShape, shapes: readonly PartialShape[]): string {
    if (lacksBatch(shape, expected)) return addBatch;
    // The same arrays in another order, where there is one only.
    const places = this.inputShapes.map((each) => shapes.flatMap((given, at) => (fits(given, each) ? [at] : [])));
    if (places.every(({ length }) => length === 1) && new Set(places.flat()).size === places.length) {
      const inOrder = this.#inputs.map(({ shape }, i) => `input ${this.#nameOf(i)} ${formatPartialShape(shape)}`);
      return `Pass them in the order of the network: ${inOrder.join(', ')}.`;
    }
    return 'Give an axis of any length as null: input({ shape: [null, 3] }).';
  }

  protected override evaluate(inputs: readonly Tensor[], context: CallContext): NetworkResult {
    const values: Values = new Map();
    this.#inputs.forEach((symbol, i) => {
      values.set(symbol, { value: inputs[i] as Tensor, mask: i === 0 ? context.mask : context.masks?.[i] });
    });
    const known = (symbol: SymbolicTensor): { value: Tensor; mask: Tensor | undefined } =>
      values.get(symbol) as { value: Tensor; mask: Tensor | undefined };
    for (const { layer, inputs: sources, initialState, outputs } of this.#nodes) {
      const given = sources.map(known);
      const tensors = given.map(({ value }) => value);
      const states = initialState.map((source) => known(source).value);
      const [mask, ...later] = given.map((each) => each.mask);
      const masks = later.some((each) => each !== undefined) ? [mask, ...later] : undefined;
      const inner = contextWith(context, mask, states, masks);
      const found = expectDeclared(values, () => layer.run(tensors, inner));
      const foundMasks = layer.masksOf(found);
      outputs.forEach((symbol, i) => {
        // An input of the network may be an output of a layer that other inputs run.
        if (this.#inputs.includes(symbol)) return;
        values.set(symbol, { value: found.outputs[i] as Tensor, mask: foundMasks[i] });
      });
    }
    const results = this.#outputs.map(known);
    return { outputs: results.map(({ value }) => value), masks: results.map(({ mask }) => mask) };
  }

  override sessionLayers(): readonly SessionLayer<Tensor>[] {
    const chain = this.#nodes.every(
      ({ inputs, initialState }, i) =>
        inputs.length === 1 &&
        initialState.length === 0 &&
        inputs[0] === (this.#nodes[i - 1]?.outputs ?? this.#inputs)[0],
    );
    if (!chain || this.#outputs.length !== 1 || this.#outputs[0] !== this.#nodes.at(-1)?.outputs[0]) {
      throw notStreamed(this, stepByStep);
    }
    this.build();
    return streamedLayers(this.#nodes.map(({ layer }) => layer));
  }

  override toConfig(): LayerConfig {
    const { type, options } = super.toConfig();
    const place = (symbol: SymbolicTensor): readonly [number, number] => {
      const input = this.#inputs.indexOf(symbol);
      return input >= 0 ? [-1, input] : [this.#nodes.indexOf(symbol.node as GraphNode), symbol.output];
    };
    return {
      type,
      options: {
        ...options,
        seed: this.seed,
        inputs: this.#inputs.map(({ shape, name }) => ({ shape: shape.slice(1), ...(name !== undefined && { name }) })),
        layers: this.#layers.map((layer) => layer.configAt(this.pathOf(layer))),
        nodes: this.#nodes.map((node) => ({
          layer: this.#layers.indexOf(node.layer),
          inputs: node.inputs.map(place),
          initialState: node.initialState.map(place),
        })),
        outputs: this.#outputs.map(place),
      },
    };
  }

  protected override create(): void {
    for (const { layer, inputs } of this.#nodes) {
      const shapes = inputs.map(({ shape }) => shape);
      layer.build(shapes, { path: this.pathOf(layer), seed: this.seed });
    }
    expectUniqueParameters(this.name, this.#layers);
  }
}

/**
 * Returns a network from symbolic inputs to symbolic outputs, any number of each. A layer that is applied twice shares its
 * parameters.
 *
 * @throws OptionError when an output depends on an input that is not listed, one of both is not symbolic, or an option is unknown
 *
 * @example
 * ```ts
 * import { concatenate, dense, input, lstm, model } from '@lstm/layers';
 *
 * const prices = input({ shape: [30, 4] });
 * const weekday = input({ shape: [7] });
 * const memory = lstm({ units: 16 }).apply(prices);
 * const joined = concatenate().apply([memory, weekday]);
 * const network = model({ inputs: [prices, weekday], outputs: dense({ units: 1 }).apply(joined) });
 * console.log(network.parameters.map(({ name }) => name).join(' '));
 * // => lstm/kernel lstm/recurrentKernel lstm/bias dense/kernel dense/bias
 * ```
 */
export function model(options: ModelOptions): Network {
  checkOptions('model', options, ['inputs', 'outputs', 'name', 'seed']);
  return new Functional(options);
}
