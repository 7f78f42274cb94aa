import {
  type Backend,
  checkInteger,
  describeValue,
  OptionError,
  type Parameter,
  ShapeError,
  type Tensor,
  tidy,
} from '@lstm/core';
import { withFloatMasks } from './context-with.ts';
import { type BuildContext, type CallContext, Layer, type LayerOptions, type LayerResult } from './layer.ts';
import { ownHandles } from './own-handles.ts';
import { formatPartialShape, type PartialShape } from './shape.ts';
import { summaryOf } from './summary.ts';

/** Options of a network. */
export interface NetworkOptions {
  readonly name?: string;
  /** Seed of initial values and dropout. Default 0: the same network every time. */
  readonly seed?: number;
}

/** Outputs of a network, with a mask for each where steps of it are padding. Whoever called disposes them. */
export interface NetworkResult {
  readonly outputs: readonly Tensor[];
  readonly masks: readonly (Tensor | undefined)[];
}

/**
 * Layers put together: what trainers train. A network is a layer too and can stand inside another one. {@link sequential} and
 * {@link model} make networks.
 *
 * @example
 * ```ts
 * import { dense, lstm, type Network, sequential } from '@lstm/layers';
 *
 * const network: Network = sequential([lstm({ units: 2, inputShape: [10, 1] }), dense({ units: 1 })]);
 * console.log(network.summary());
 * // => sequential
 * //    ─────────────────────────────────────
 * //    Layer          Output      Parameters
 * //    ─────────────────────────────────────
 * //    lstm (lstm)    [batch, 2]          32
 * //    dense (dense)  [batch, 1]           3
 * //    ─────────────────────────────────────
 * //    35 parameters
 * ```
 */
export abstract class Network extends Layer {
  readonly #seed: number;

  constructor(where: string, options: NetworkOptions & LayerOptions) {
    super(where, options, ['seed']);
    this.#seed = options.seed ?? 0;
    checkInteger(where, 'seed', this.#seed, 0);
  }

  /** Seed of initial values and dropout. */
  override get seed(): number {
    return this.#seed;
  }

  /** The layers in the order in which they run. */
  abstract readonly layers: readonly Layer[];
  /** Shapes of the inputs with the batch, once they are known. */
  abstract readonly inputShapes: readonly PartialShape[] | undefined;

  /** Activation of each output by name, where there is one. */
  abstract readonly outputActivations: readonly (string | undefined)[];

  /** Names that users gave to the layers of the outputs; `undefined` where a network named one. Logs of training have them. */
  get outputNames(): readonly (string | undefined)[] {
    return this.outputActivations.map(() => undefined);
  }

  /** The parameters of all layers; empty while the shape of the input is not known. */
  override get parameters(): readonly Parameter[] {
    if (!this.built) {
      if (this.inputShapes === undefined) return [];
      this.build();
    }
    return super.parameters;
  }

  /** Runs the layers: outputs and their masks. */
  protected abstract evaluate(inputs: readonly Tensor[], context: CallContext): NetworkResult;

  override get children(): readonly Layer[] {
    return this.layers;
  }

  override get outputActivation(): string | undefined {
    return this.outputActivations[0];
  }

  /**
   * Returns outputs and masks for a batch; every other tensor that is made on the way is disposed.
   *
   * @throws ShapeError when the inputs do not fit
   */
  runAll(inputs: readonly Tensor[], context: CallContext = {}): NetworkResult {
    this.checkContext(context);
    this.build(inputs.map(({ shape }) => [null, ...shape.slice(1)]));
    return tidy(() => {
      const { outputs, masks } = this.evaluate(inputs, withFloatMasks(this.#seeded(context)));
      const own = ownHandles([...outputs, ...masks.filter((mask) => mask !== undefined)]);
      let next = outputs.length;
      return {
        outputs: own.slice(0, outputs.length),
        masks: masks.map((mask) => (mask === undefined ? undefined : own[next++])),
      };
    });
  }

  /** Returns a table of the layers with their output shapes and numbers of parameters. */
  summary(): string {
    return summaryOf(this);
  }

  /**
   * Makes all parameters for inputs of the given shapes. Without shapes those that the network was told.
   *
   * @throws ShapeError when a layer does not take what it gets, OptionError when no shape is known
   */
  override build(inputShapes?: readonly PartialShape[], context: Partial<BuildContext> = {}): void {
    const { usualInputShape: usual } = this;
    const shapes = inputShapes ?? this.inputShapes ?? (usual && [[null, ...usual]]);
    if (shapes === undefined) {
      throw new OptionError(
        this.name,
        'the shape of the input is not known.',
        'Parameters are made for an input of known features.',
        'Give the first layer an inputShape, for example [10, 1], or call the network once.',
      );
    }
    super.build(shapes, { path: '', ...context, seed: this.#seed });
  }

  override async to(backend: Backend): Promise<void> {
    await Promise.all(this.layers.map((layer) => layer.to(backend)));
  }

  protected override forward(inputs: readonly Tensor[], context: CallContext): LayerResult {
    const { outputs, masks } = this.evaluate(inputs, this.#seeded(context));
    return { outputs, mask: masks[0], masks };
  }

  /** The context with the network's seed where the call gives none. */
  #seeded({ training, mask, masks, initialState, seed = this.seed, step }: CallContext): CallContext {
    return { training, mask, masks, initialState, seed, step };
  }

  /** Prefix of a layer's parameters' names. */
  protected pathOf(layer: Layer): string {
    return this.path === '' ? layer.name : `${this.path}/${layer.name}`;
  }
}

/**
 * Throws unless `layers` is a list.
 *
 * @throws OptionError
 */
export function expectLayers(where: string, layers: readonly Layer[]): void {
  if (Array.isArray(layers)) return;
  const found = (layers as unknown) instanceof Layer ? 'a single layer' : describeValue(layers);
  throw new OptionError(where, `layers is ${found}.`, 'Layers are a list.', `Write ${where}([a, b]).`);
}

/**
 * Gives unnamed layers names by their type, numbered: `lstm`, `lstm_1`.
 *
 * @throws OptionError when two layers have one name
 */
export function nameLayers(where: string, layers: readonly Layer[]): void {
  const stranger = layers.findIndex((layer) => !(layer instanceof Layer));
  if (stranger >= 0) {
    const kind = typeof layers[stranger];
    throw new OptionError(
      where,
      `layer ${stranger} is of type ${kind}.`,
      'A network is made of layers.',
      kind === 'function' ? 'Call the factory, for example lstm({ units: 8 }).' : 'Leave it out.',
    );
  }
  const different = [...new Set(layers)];
  const names = different.filter((layer) => layer.named).map((layer) => layer.name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new OptionError(where, `two layers are named ${twice}.`, 'Names are unique in a network.', 'Rename one.');
  }
  const taken = new Set(names);
  for (const layer of different) {
    if (layer.named) continue;
    let name = layer.type;
    for (let count = 1; taken.has(name); count++) name = `${layer.type}_${count}`;
    taken.add(name);
    layer.assignName(name);
  }
}

/**
 * Throws unless all parameters have names of their own: a layer that was built elsewhere brings its names along.
 *
 * @throws OptionError with the first name that comes twice
 */
export function expectUniqueParameters(where: string, layers: readonly Layer[]): void {
  const names = [...new Set(layers.flatMap((layer) => layer.parameters))].map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return;
  throw new OptionError(
    where,
    `two parameters are named ${twice}.`,
    'Saved weights are found by name, and a layer that ran before it joined a network keeps its names.',
    `Name the layers when you make them, for example dense({ units: 1, name: 'head' }).`,
  );
}

/** Returns what needs `returnSequences: true` in a network whose output got its axes from `shaper`. */
export function within(network: Network, shaper: Layer | undefined): string | undefined {
  const where = shaper?.needsReturnSequences;
  return where && `${where} in ${network.name}`;
}

/** Throws unless `inputs` has as many shapes as the network has inputs. */
export function expectInputs(where: string, shapes: readonly PartialShape[], expected: readonly PartialShape[]): void {
  if (shapes.length === expected.length) return;
  throw new ShapeError(
    where,
    shapes.length === 1 ? 'there is 1 input.' : `there are ${shapes.length} inputs.`,
    `The network takes ${expected.length}: ${expected.map(formatPartialShape).join(', ')}.`,
    expected.length === 1
      ? 'Pass one tensor, the samples along its first axis.'
      : 'Pass a list with one tensor for each.',
  );
}
