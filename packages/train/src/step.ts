import {
  add,
  type Backend,
  createScope,
  DataError,
  type DType,
  describeValue,
  dtypeOf,
  formatShape,
  getBackend,
  grad,
  type HostArray,
  type Loss,
  type LossOptions,
  mul,
  noGrad,
  OptionError,
  type Parameter,
  reshape,
  ShapeError,
  sameShape,
  Tensor,
  tensor,
  tidy,
} from '@lstm/core';
import type { CallContext, Network, NetworkResult } from '@lstm/layers';
import type { Recipe } from './recipe.ts';
import { type Samples, weightsOf } from './samples.ts';

/** Tensors that a pass gives; the caller disposes them. */
export interface PassResult {
  readonly loss: Tensor;
  /** The loss of each output, without its factor, where there are several. */
  readonly losses: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly masks: readonly (Tensor | undefined)[];
}

/** Returns the backend that holds the network's parameters, the default one where it has none. */
export function backendOf(network: Network): Backend {
  const { parameters } = network;
  return (parameters.find((each) => each.initialized) ?? parameters[0])?.backend ?? getBackend();
}

/** Makes the parameters for the inputs of samples where that was not done before. */
export function buildFor(network: Network, { inputs }: Samples): void {
  network.build(inputs.map(({ shape }) => [null, ...shape.slice(1)]));
}

/** Uploads an array of a batch; float64 becomes float32. Runs inside `tidy`. */
function upload({ data, shape }: HostArray, backend: Backend): Tensor {
  const dtype: DType = dtypeOf(data) === 'int32' ? 'int32' : 'float32';
  return tensor(data, { shape, dtype, backend });
}

/** Runs a network on a batch, each input with its mask. Runs inside `tidy`. */
export function runNetwork(
  network: Network,
  { inputs, masks }: Samples,
  context: Pick<CallContext, 'training' | 'step'> = {},
): NetworkResult {
  const backend = backendOf(network);
  return network.runAll(
    inputs.map((each) => upload(each, backend)),
    { ...context, masks: masks.map((mask) => mask && upload(mask, backend)) },
  );
}

/**
 * The loss of one output.
 *
 * @throws OptionError when the loss gives no tensor, or does not look at the weights or the mask: they would have no effect
 */
function lossOf(where: string, loss: Loss, prediction: Tensor, target: Tensor, options: LossOptions): Tensor {
  const unread = new Set(Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name])));
  const read = <Name extends keyof LossOptions>(name: Name): LossOptions[Name] => {
    unread.delete(name);
    return options[name];
  };
  const value: unknown = loss(prediction, alignedWith(prediction, target), {
    get mask() {
      return read('mask');
    },
    get weights() {
      return read('weights');
    },
  });
  if (!(value instanceof Tensor)) throw noLoss(where, value);
  if (unread.size === 0) return value;
  const name = unread.has('weights') ? 'weights' : 'mask';
  const what = unread.has('weights') ? 'sampleWeight' : 'the mask of padded steps';
  throw new OptionError(
    where,
    `the loss does not look at ${what}.`,
    'A loss gets { mask, weights } as its third argument and applies them.',
    `Hand that argument on, as in (prediction, target, options) => huber(prediction, target, options). To do without on purpose, read options.${name}.`,
  );
}

/** Targets without the last axis of predictions that are one wide: left as they are, they would meet every prediction in a loss of ops. */
function alignedWith({ shape }: Tensor, target: Tensor): Tensor {
  return shape.at(-1) === 1 && sameShape(target.shape, shape.slice(0, -1)) ? reshape(target, shape) : target;
}

/** A loss that gives no tensor. */
function noLoss(where: string, value: unknown): OptionError {
  // Nobody awaits it.
  if (value instanceof Promise) value.catch(() => undefined);
  return new OptionError(
    where,
    `the loss returned ${describeValue(value)}.`,
    'It returns a scalar tensor, at once.',
    'Compute it with ops of @lstm/core, as in mean(square(sub(prediction, target))), and do without await.',
  );
}

/**
 * Throws where targets are padded in other places than the one input that they answer step by step.
 *
 * @throws DataError that names the sample
 */
function expectAligned(
  where: string,
  { masks, targetMasks, rows }: Samples,
  outputMasks: NetworkResult['masks'],
): void {
  const [mask, ...others] = masks;
  if (mask === undefined || others.length > 0) return;
  for (const [i, target] of targetMasks.entries()) {
    if (target === undefined || outputMasks[i] === undefined || !sameShape(mask.shape, target.shape)) continue;
    const place = mask.data.findIndex((value, at) => (value === 0) !== (target.data[at] === 0));
    if (place < 0) continue;
    const row = Math.floor(place / (mask.shape[1] ?? 1));
    throw new DataError(
      where,
      `row ${rows?.[row] ?? row} is padded in other places in y than in x.`,
      'The network answers every step, and the steps of y are those of x.',
      "Pad both alike, for example with padding: 'post', or pass y as { data, shape } to go by the mask of x alone.",
    );
  }
}

/**
 * Uploads the mask of a target for an output that has none.
 *
 * @throws ShapeError when it is not of the steps of the output
 */
function targetMask(where: string, mask: HostArray | undefined, { shape, backend }: Tensor): Tensor | undefined {
  if (mask === undefined || sameShape(mask.shape, shape.slice(0, -1).slice(0, mask.shape.length))) {
    return mask && upload(mask, backend);
  }
  throw new ShapeError(
    where,
    `the mask of y is ${formatShape(mask.shape)}, the output of the network is ${formatShape(shape)}.`,
    'A mask [batch, time] is of the steps of an output [batch, time, features].',
    'Set returnSequences: true in the last recurrent layer, or pass y as { data, shape } to do without its mask.',
  );
}

/** The loss of a batch; errors name the function `where`. Runs inside `tidy`. */
function forward(where: string, recipe: Recipe, batch: Samples, training: boolean, step?: number): PassResult {
  const { network, losses, lossWeights } = recipe;
  const backend = backendOf(network);
  const found = runNetwork(network, batch, { training, step });
  const { outputs } = found;
  if (batch.targets.length !== outputs.length) {
    throw new OptionError(
      where,
      `y holds ${batch.targets.length} arrays.`,
      `The network has ${outputs.length} outputs.`,
      'Pass a list with a host array for each output.',
    );
  }
  expectAligned(where, batch, found.masks);
  const masks = outputs.map((output, i) => found.masks[i] ?? targetMask(where, batch.targetMasks[i], output));
  const weights = batch.weights.map((each) => upload(each, backend));
  const parts = outputs.map((output, i) => {
    const target = upload(batch.targets[i] as HostArray, backend);
    return lossOf(where, losses[i] as Loss, output, target, { mask: masks[i], weights: weightsOf(weights, i) });
  });
  const loss = parts
    .map((part, i) => (lossWeights[i] === 1 ? part : mul(part, lossWeights[i] as number)))
    .reduce((total, part) => add(total, part));
  return { loss, losses: parts.length > 1 ? parts : [], outputs, masks };
}

/** Returns loss and outputs of a batch without changing anything. */
export function evaluateBatch(where: string, recipe: Recipe, batch: Samples): PassResult {
  return noGrad(() => tidy(() => forward(where, recipe, batch, false)));
}

/** What changed the parameters. */
export interface UpdateResult {
  readonly parameters: readonly Parameter[];
  readonly gradients: readonly Tensor[];
  /** Global norm of the gradients. */
  readonly norm: Tensor;
  /** Takes the states that stateful layers carry back to before the step. */
  restoreStates(): void;
}

/** A training step; `dispose` gives back the tensors of both parts. */
export interface TrainedBatch {
  readonly pass: PassResult;
  readonly update: UpdateResult;
  dispose(): void;
}

/**
 * Changes the parameters by one batch. When it throws, parameters and carried states are as before.
 *
 * @throws OptionError when there is nothing to train
 */
export function trainBatch(where: string, recipe: Recipe, batch: Samples): TrainedBatch {
  const { network, optimizer } = recipe;
  const scope = createScope();
  const train = () => {
    const pass = forward(where, recipe, batch, true, optimizer.iterations);
    const parameters = network.parameters.filter((parameter) => parameter.trainable);
    if (parameters.length === 0) {
      throw new OptionError(
        where,
        `no parameter of ${network.name} is trainable.`,
        'Training changes at least one.',
        'Set trainable = true on a layer.',
      );
    }
    const values = parameters.map((parameter) => parameter.value);
    const gradients = grad(pass.loss, values);
    return { pass, update: { parameters, gradients, norm: optimizer.step(parameters, gradients, pass.loss) } };
  };
  const restoreStates = scope.run(() => network.rememberStates());
  try {
    const { pass, update } = scope.run(() => tidy(train));
    return { pass, update: { ...update, restoreStates }, dispose: () => scope.dispose() };
  } catch (error) {
    restoreStates();
    scope.dispose();
    throw error;
  }
}
