import {
  type Backend,
  checkFunction,
  checkOptions,
  defineBackend,
  hostArray,
  Parameter,
  type RandomKey,
  type SessionLayer,
  ShapeError,
  type Tensor,
  tidy,
} from '@lstm/core';
import { withFloatMasks } from './context-with.ts';
import {
  checkLayerOptions,
  expectInputCount,
  expectTensors,
  missingStep,
  noMasks,
  noOutput,
  notBuilt,
  notHeld,
  notSaved,
  notStreamed,
  otherFeatures,
  parameterAfter,
  parameterTwice,
  unknownLength,
  unusedStates,
} from './layer-errors.ts';
import { LayerTraits } from './layer-traits.ts';
import type {
  BuildContext,
  CallContext,
  LayerConfig,
  LayerOptions,
  LayerParameterOptions,
  LayerResult,
} from './layer-types.ts';
import { ownHandles, tensorsOf } from './own-handles.ts';
import { ownOptions } from './own-options.ts';
import { addBatch, fits, formatPartialShape, lacksBatch, type PartialShape, sameShapes } from './shape.ts';
import { type ApplyOptions, applyLayer, type SymbolicTensor } from './symbolic.ts';

export type * from './layer-types.ts';

/** The layer whose `forward` is running. */
let running: Layer | undefined;

/**
 * A piece of a network: configuration, named parameters, and a function of tensors. Write one of your own by extending it:
 * `type` and `forward` are a must, `create` makes parameters, `outputShapes` infers shapes.
 *
 * @example
 * ```ts
 * import { mul, onesInitializer, type Parameter, type Tensor, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 * import { Layer, type PartialShape } from '@lstm/layers';
 *
 * class Scale extends Layer {
 *   readonly type: string = 'scale';
 *   #factor: Parameter | undefined;
 *   protected override create([shape]: readonly PartialShape[]): void {
 *     const features = shape?.at(-1) ?? 1;
 *     this.#factor = this.addParameter({ name: 'factor', shape: [features], initializer: onesInitializer });
 *   }
 *   protected forward([x]: readonly Tensor[]): Tensor {
 *     return mul(x as Tensor, this.#factor?.weight ?? 1);
 *   }
 * }
 *
 * await useBackend(reference());
 * const layer = new Scale();
 * console.log(await layer.call(tensor([[1, 2]])).data(), layer.parameters[0]?.name); // => Float32Array(2) [ 1, 2 ] scale/factor
 * ```
 */
export abstract class Layer extends LayerTraits {
  /** Names the kind of layer in configs. */
  abstract readonly type: string;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #parameters: Parameter[] = [];
  /** Parameters that gradients never change. */
  readonly #fixed = new Set<Parameter>();
  #name: string | undefined;
  #trainable: boolean;
  /** Whether the options freeze the layers inside and they are not frozen yet. */
  #freezesInside: boolean;
  /** Of a layer that comes from a config: names of the parameters to freeze, where `trainable` does not say it. */
  #frozen: readonly string[] | undefined;
  /** The shapes that were found to fit last: batch after batch they are the same. */
  #fitting: readonly PartialShape[] | undefined;
  #built: { readonly seed: number; readonly inputShapes: readonly PartialShape[] } | undefined;
  /** Whether `create` has made the parameters. */
  #created = false;
  #path: string | undefined;
  /** The layer that was found to hold this one last. */
  #holder: Layer | undefined;
  /** Where parameters that are made later will live, once the layer was moved. */
  #backend: Backend | undefined;

  /**
   * @param where - name of the factory, for errors
   * @param options - as the user gave them
   * @param allowed - names of the options besides those of every layer
   */
  constructor(where = 'layer', options: LayerOptions & object = {}, allowed: readonly string[] = []) {
    super();
    checkLayerOptions(where, options, allowed);
    const own = ownOptions(options);
    this.#options = { ...own };
    this.#name = options.name;
    this.#trainable = options.trainable ?? true;
    this.#freezesInside = !this.#trainable;
  }

  /** Unique within its network; the type until a network names it. */
  get name(): string {
    return this.#name ?? this.type;
  }

  /** @internal True when the user or a network gave a name. */
  get named(): boolean {
    return this.#name !== undefined;
  }

  /** @internal */
  assignName(name: string): void {
    this.#name = name;
  }

  /** Whether training changes the parameters. Set false to freeze them, those of layers inside too; what is set later counts. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(trainable: boolean) {
    this.#trainable = trainable;
    this.#freezesInside = false;
    this.#frozen = undefined;
    for (const layer of this.children) layer.trainable = trainable;
    for (const parameter of this.#parameters) parameter.trainable = trainable && !this.#fixed.has(parameter);
  }

  /** The parameters, those of inner layers included; empty before the layer is built. */
  get parameters(): readonly Parameter[] {
    const { children } = this;
    if (children.length === 0) return this.#parameters;
    const found = new Set(this.#parameters);
    for (const layer of children) for (const parameter of layer.parameters) found.add(parameter);
    return [...found];
  }

  /** Shape of one sample where it was given, to the layer or to one inside it. */
  get inputShape(): PartialShape | undefined {
    return (this.#options as LayerOptions).inputShape ?? this.innerInputShape;
  }

  /** @internal Shape of the first input that the layer was told or built for. */
  get knownInputShape(): PartialShape | undefined {
    return this.inputShape === undefined ? this.#built?.inputShapes[0] : [null, ...this.inputShape];
  }

  /** Shapes of the outputs for the inputs that the layer was built for; empty before. */
  get knownOutputShapes(): readonly PartialShape[] {
    return this.#built === undefined ? [] : this.outputShapes(this.#built.inputShapes);
  }

  /** True when the shapes of the inputs are known and parameters exist. */
  get built(): boolean {
    return this.#built !== undefined;
  }

  /** Prefix of the parameters' names. */
  protected get path(): string {
    return this.#path ?? this.name;
  }

  /** Seed of initial values and dropout. */
  protected get seed(): number {
    return this.#built?.seed ?? 0;
  }

  /**
   * Makes the parameters for inputs of the given shapes; containers call it. Values are drawn at their first use, so loading
   * weights before runs no initializer. Doing it twice is harmless when the shapes fit.
   *
   * @throws ShapeError when the layer does not take such inputs
   */
  build(inputShapes: readonly PartialShape[], context: Partial<BuildContext> = {}): void {
    checkOptions(this.name, context, ['path', 'seed']);
    if (this.#fitting !== undefined && sameShapes(this.#fitting, inputShapes)) return;
    expectInputCount(this, inputShapes.length);
    this.checkInputs(inputShapes);
    if (this.#built !== undefined) {
      const { inputShapes: before } = this.#built;
      const same = inputShapes.every((shape, i) => shape.at(-1) === before[i]?.at(-1) || !shape.at(-1));
      if (!same && this.#parameters.length > 0 && this.dependsOnFeatures)
        throw otherFeatures(this, inputShapes, before);
      this.#fitting = inputShapes.map((shape) => [...shape]);
      return;
    }
    const shapes = inputShapes.map((shape) => [...shape]);
    const kept = this.#path;
    this.#path ??= context.path ?? this.name;
    this.#built = { seed: context.seed ?? 0, inputShapes: shapes };
    try {
      this.create(inputShapes);
      const unbuilt = this.children.find((layer) => !layer.built);
      if (unbuilt !== undefined) throw notBuilt(this, unbuilt);
      this.#created = true;
    } catch (error) {
      this.#path = kept;
      this.#built = undefined;
      this.#parameters.length = 0;
      throw error;
    }
    this.freezeInside();
  }

  /**
   * Returns the shapes of the outputs.
   *
   * @throws ShapeError when the layer does not take such inputs
   */
  outputShapes(inputShapes: readonly PartialShape[]): readonly PartialShape[] {
    return inputShapes.slice(0, 1);
  }

  /**
   * Returns the output for `x`, the first one where there are several. The layer builds itself when it was not built before.
   *
   * @throws ShapeError that names the layer when `x` does not fit, OptionError when it is no tensor
   */
  call(x: Tensor | readonly Tensor[], context: CallContext = {}): Tensor {
    const [first, ...rest] = this.callAll(x, context);
    for (const output of rest) output.dispose();
    return first as Tensor;
  }

  /** Returns all outputs for `x`, for example output and states of an LSTM with `returnState`. */
  callAll(x: Tensor | readonly Tensor[], context: CallContext = {}): readonly Tensor[] {
    this.checkContext(context);
    const inputs = Array.isArray(x) ? (x as readonly Tensor[]) : [x as Tensor];
    expectTensors(this, inputs);
    const { outputs, mask, masks = [] } = this.run(inputs, context);
    const given = [context.mask, ...(context.masks ?? [])];
    for (const each of new Set([mask, ...masks])) if (!given.includes(each)) each?.dispose();
    return outputs;
  }

  /** Returns outputs and mask; every other tensor that is made on the way is disposed. What containers call. */
  run(inputs: readonly Tensor[], context: CallContext): LayerResult {
    this.build(inputs.map(({ shape }) => [null, ...shape.slice(1)]));
    const outer = running;
    if (outer !== undefined && outer !== this.#holder) this.#expectHeldBy(outer);
    return tidy(() => {
      const given = withFloatMasks(context);
      running = this;
      let found: ReturnType<Layer['forward']>;
      try {
        found = this.forward(inputs, given);
      } finally {
        running = outer;
      }
      const outputs = tensorsOf(found);
      if (outputs === undefined) throw noOutput(this, found);
      const own = ownHandles(outputs);
      if (!('mask' in found)) return { outputs: own, mask: this.outputMask(inputs, given.mask, given.masks) };
      const { mask, masks } = found;
      return masks === undefined ? { outputs: own, mask } : { outputs: own, mask, masks };
    });
  }

  /** Throws when the layer runs in another one that knows nothing of its weights. */
  #expectHeldBy(outer: Layer): void {
    const known = outer.parameters;
    if (this.parameters.some((parameter) => parameter.trainable && !known.includes(parameter)))
      throw notHeld(outer, this);
    this.#holder = outer;
  }

  /**
   * Adds the layer to a functional network: from the symbolic inputs to the symbolic output, the first one where there are several.
   *
   * @throws OptionError when an input is not symbolic, ShapeError that names the layer when it does not fit
   */
  apply(inputs: SymbolicTensor | readonly SymbolicTensor[], options: ApplyOptions = {}): SymbolicTensor {
    return this.applyAll(inputs, options)[0] as SymbolicTensor;
  }

  /** Like `apply`, with all outputs. */
  applyAll(inputs: SymbolicTensor | readonly SymbolicTensor[], options: ApplyOptions = {}): readonly SymbolicTensor[] {
    return applyLayer(this, inputs, options);
  }

  /**
   * The layer as steps of a streaming session.
   *
   * @throws UnsupportedError when the layer needs more than the steps so far
   */
  sessionLayers(): readonly SessionLayer<Tensor>[] {
    throw notStreamed(this);
  }

  /**
   * Moves parameters and carried states to another backend; parameters that are made later will live there.
   *
   * @throws BackendError (rejects with it) when it is no backend
   */
  async to(backend: Backend): Promise<void> {
    defineBackend(backend);
    this.#backend = backend;
    await Promise.all(this.#parameters.map((parameter) => parameter.to(backend)));
    await Promise.all(this.children.map((layer) => layer.to(backend)));
  }

  /** Gives the memory of parameters and states back; the layer can't be used any more. */
  dispose(): void {
    this.resetStates();
    for (const parameter of this.parameters) parameter.dispose();
    for (const layer of this.children) layer.dispose();
  }

  /**
   * The layer as plain data; a layer that holds others describes them by {@link Layer.configAt | configAt}.
   *
   * @throws UnsupportedError when an option is a function, which cannot be saved
   */
  toConfig(): LayerConfig {
    for (const [option, value] of Object.entries(this.#options)) {
      if (typeof value === 'function') throw notSaved(this, option);
    }
    const frozen = this.#frozenNames();
    const options = { ...this.#options, name: this.name, trainable: this.trainable };
    return { type: this.type, options, ...(frozen && { frozen }) };
  }

  /** Names of the frozen parameters of its own, where `trainable` does not say it. */
  #frozenNames(): readonly string[] | undefined {
    if (!this.built) return this.#frozen;
    const own = this.#parameters.filter((parameter) => !this.#fixed.has(parameter));
    if (own.every(({ trainable }) => trainable === this.#trainable)) return undefined;
    return own.filter(({ trainable }) => !trainable).map(({ name }) => name.slice(this.path.length + 1));
  }

  /**
   * The layer as plain data, within one that builds it at `path`; with the path where it was built elsewhere before.
   *
   * @throws UnsupportedError as {@link Layer.toConfig | toConfig}
   */
  configAt(path: string): LayerConfig {
    const config = this.toConfig();
    return this.#path === undefined || this.#path === path ? config : { ...config, path: this.#path };
  }

  /** @internal Builds the layer at another path than its network would. */
  keepPath(path: string): void {
    this.#path = path;
  }

  /** @internal Freezes the parameters of these names as they are made, and no others. */
  keepFrozen(names: readonly string[]): void {
    this.#frozen = names;
  }

  /** @internal Freezes the layers inside where the options say so: at once where they were given, else as the layer is built. */
  protected freezeInside(): void {
    if (!this.#freezesInside) return;
    this.#freezesInside = false;
    for (const layer of this.children) layer.trainable = false;
  }

  /** @internal Freezes the layer and leaves those inside as they are. */
  freezeAlone(): void {
    this.#trainable = false;
  }

  /** Makes the parameters; override it in a layer that has some. */
  protected create(_inputShapes: readonly PartialShape[]): void {}

  /** Computes the outputs, maybe with the mask of the first one; tensors it makes besides are disposed. */
  protected abstract forward(inputs: readonly Tensor[], context: CallContext): Tensor | readonly Tensor[] | LayerResult;

  /** The mask of the first output; by default that of the first input. `masks` are those of all, where a later one has one. */
  protected outputMask(
    _inputs: readonly Tensor[],
    mask: Tensor | undefined,
    _masks?: CallContext['masks'],
  ): Tensor | undefined {
    return mask;
  }

  /** @internal Throws when the layer does not take such inputs; `shaper` gave the first its number of axes. */
  checkInputs(inputShapes: readonly PartialShape[], _shaper?: Layer): void {
    this.outputShapes(inputShapes);
  }

  /** Throws for what a call was given and would not use. */
  protected checkContext(context: CallContext): void {
    checkOptions(this.name, context, ['training', 'mask', 'masks', 'initialState', 'seed', 'step']);
    if (context.masks !== undefined && !Array.isArray(context.masks)) throw noMasks(this);
    if (!context.initialState?.length || this.takesInitialState) return;
    throw unusedStates(this);
  }

  /**
   * Returns a new parameter of this layer.
   *
   * @throws OptionError when an option is unknown or the initializer is no function, ShapeError when a length is not known
   */
  protected addParameter(options: LayerParameterOptions): Parameter {
    checkOptions(this.name, options, ['name', 'shape', 'initializer', 'trainable']);
    const { name, shape, initializer, trainable = true } = options;
    checkFunction(this.name, 'initializer', initializer);
    if (this.#created) throw parameterAfter(this, name);
    if (this.#parameters.some((each) => each.name === `${this.path}/${name}`)) throw parameterTwice(this, name);
    if (!shape.every((length) => Number.isInteger(length) && length > 0)) throw unknownLength(this, name, shape);
    const free = this.#frozen === undefined ? this.#trainable : !this.#frozen.includes(name);
    const key: RandomKey = { seed: this.seed, name: `${this.path}/${name}` };
    const parameter = new Parameter({
      name: key.name,
      shape,
      trainable: trainable && free,
      ...(this.#backend && { backend: this.#backend }),
      initialize: () => hostArray(initializer(shape, key), shape),
    });
    this.#parameters.push(parameter);
    if (!trainable) this.#fixed.add(parameter);
    return parameter;
  }

  /** Returns the key of this layer's random numbers in a training step. */
  protected randomKey(purpose: string, { seed, step }: CallContext): RandomKey {
    if (step === undefined) throw missingStep(this);
    return { seed: seed ?? this.seed, name: `${this.path}/${purpose}`, step };
  }

  /** Throws unless the first input fits `expected`. */
  protected expectInput(shape: PartialShape | undefined, expected: PartialShape, rule: string, fix: string): void {
    if (shape !== undefined && fits(shape, expected)) return;
    throw new ShapeError(
      this.name,
      `input is ${shape === undefined ? 'missing' : formatPartialShape(shape)}.`,
      rule,
      lacksBatch(shape, this.knownInputShape) ? addBatch : fix,
    );
  }
}
