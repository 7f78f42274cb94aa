import {
  checkBoolean,
  checkOptions,
  describeValue,
  OptionError,
  ShapeError,
  Tensor,
  UnsupportedError,
} from '@lstm/core';
import type { Layer } from './layer.ts';
import type { LayerOptions } from './layer-types.ts';
import { fits, formatPartialShape, type PartialShape } from './shape.ts';

const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;

/** Names of {@link LayerOptions}. */
const commonOptions = ['name', 'trainable', 'inputShape'];

/** Options of other libraries, and what does it here. */
const elsewhere = {
  numLayers: 'Write one layer after the other, with returnSequences: true in all but the last.',
  batchFirst: 'Leave it out: the batch is always first, [batch, time, features].',
  bidirectional: 'Write bidirectional(lstm({ units: 8 })).',
  kernelRegularizer: 'Leave it out; for L2 train with adamw({ weightDecay: 0.01 }).',
  recurrentRegularizer: 'Leave it out; for L2 train with adamw({ weightDecay: 0.01 }).',
  unroll: 'Leave it out: it changes no result.',
  implementation: 'Leave it out: it changes no result.',
};

/** Throws for options that are neither on nor off. */
export function checkSwitches(where: string, options: object, names: readonly string[]): void {
  for (const name of names) checkBoolean(where, name, (options as Readonly<Record<string, boolean>>)[name]);
}

/** Throws for an option that is neither common nor `allowed`, and for a name, `trainable` or a shape of inputs that is none. */
export function checkLayerOptions(where: string, options: LayerOptions & object, allowed: readonly string[]): void {
  checkOptions(where, options, [...allowed, ...commonOptions], elsewhere);
  checkSwitches(where, options, ['trainable']);
  checkName(where, options.name);
  if (options.inputShape !== undefined) checkSampleShape(where, 'inputShape', options.inputShape);
}

/** Throws for a name that is none. */
export function checkName(where: string, name: unknown): void {
  if (name === undefined || typeof name === 'string') return;
  throw new OptionError(
    where,
    `name is ${describeValue(name)}.`,
    'A name is a text.',
    'Put it in quotes, or leave it out.',
  );
}

/** Throws unless an option is the shape of a sample. */
export function checkSampleShape(where: string, option: string, lengths: unknown): void {
  if (Array.isArray(lengths) && lengths.every((each) => each === null || (Number.isInteger(each) && each >= 0))) return;
  throw new OptionError(
    where,
    `${option} is ${describeValue(lengths)}.`,
    'It is a list of the lengths of the axes after the batch, null for any length.',
    `Write for example ${option}: [null, 3].`,
  );
}

/** Throws unless what a layer is called with is tensors. */
export function expectTensors({ name }: Layer, inputs: readonly unknown[]): void {
  const stranger = inputs.findIndex((each) => !(each instanceof Tensor));
  if (stranger < 0) return;
  throw new OptionError(
    name,
    `${inputs.length === 1 ? 'the input' : `input ${stranger}`} is ${describeValue(inputs[stranger])}.`,
    'A layer is called with a tensor, or with a list of tensors.',
    'Make one of a list: tensor([[1, 2]]), or of a symbolic input take apply(x).',
  );
}

/** Throws where a layer and one inside it were told shapes of which only one can be true. */
export function expectOneInputShape(
  { name }: Layer,
  given: PartialShape | undefined,
  inside: PartialShape | undefined,
): void {
  if (given === undefined || inside === undefined || fits(given, inside)) return;
  throw new OptionError(
    name,
    `inputShape is [${given.join(', ')}], and by that of the layer inside [${inside.join(', ')}].`,
    'Both say what one sample looks like.',
    'Keep one of them.',
  );
}

/** Throws for more inputs than the layer looks at. */
export function expectInputCount({ name, inputCount, takesInitialState }: Layer, count: number): void {
  if (inputCount === undefined || count === inputCount) return;
  throw new ShapeError(
    name,
    `${count} inputs are given.`,
    `The layer takes ${inputCount}.`,
    takesInitialState
      ? 'States go beside it: apply(x, { initialState: [h, c] }), or call(x, { initialState: [h, c] }).'
      : 'Join them before, for example with concatenate().',
  );
}

const buildInside = (inner: Layer): string =>
  `Write in create(): inner.build(shapes, { path: \`\${this.path}/${inner.name}\`, seed: this.seed }).`;

/** A layer with weights that runs in one which does not list it. */
export function notHeld({ name }: Layer, inner: Layer): OptionError {
  return new OptionError(
    name,
    `its forward runs ${inner.name}, whose weights it does not know.`,
    'They would be neither trained nor saved.',
    `Return the layer from get children(). ${buildInside(inner)}`,
  );
}

/** A layer inside that has no weights yet when those of the outer one are made. */
export function notBuilt({ name }: Layer, inner: Layer): OptionError {
  return new OptionError(
    name,
    `${inner.name} is one of its children and was not built.`,
    'What a layer holds is built with it.',
    buildInside(inner),
  );
}

/** A `forward` that gives no tensor. */
export function noOutput(layer: Layer, found: unknown): OptionError {
  // Nobody awaits it.
  if (found instanceof Promise) found.catch(() => undefined);
  return new OptionError(
    layer.name,
    `forward returned ${describeValue(found)}.`,
    'It returns a tensor, a list of tensors, or { outputs, mask }, at once.',
    'stateSizes' in layer
      ? 'This is a cell, which takes one step: wrap it, rnn(cell).'
      : 'Return the output, and do without await.',
  );
}

/** A layer that was built for other inputs. */
export function otherFeatures(
  { name }: Layer,
  inputShapes: readonly PartialShape[],
  before: readonly PartialShape[],
): ShapeError {
  return new ShapeError(
    name,
    `inputs are ${inputShapes.map(formatPartialShape).join(', ')}.`,
    `The layer was built for ${before.map(formatPartialShape).join(', ')}.`,
    'Use another layer for other features.',
  );
}

/** A parameter whose shape depends on an axis of no known length. */
export function unknownLength({ name }: Layer, parameter: string, shape: readonly number[]): ShapeError {
  return new ShapeError(
    name,
    `${parameter} is [${shape.map((length) => (Number.isInteger(length) && length > 0 ? length : 'unknown')).join(', ')}].`,
    'Parameters are made for an input of known features.',
    'Give the axis a length where the network gets its inputShape.',
  );
}

/** A parameter that is made outside `create`: each call would make another one. */
export function parameterAfter({ name }: Layer, parameter: string): OptionError {
  return new OptionError(
    name,
    `addParameter made ${parameter} after create.`,
    'Parameters are made once, for the first shape of input.',
    'Call addParameter in create and keep what it returns.',
  );
}

/** A second parameter of one name. */
export function parameterTwice({ name }: Layer, parameter: string): OptionError {
  const rule = 'Files and optimizers tell parameters of a layer by their names.';
  return new OptionError(name, `addParameter made ${parameter} twice.`, rule, 'Give one of them another name.');
}

/** States that the layer would not use. */
export function unusedStates({ name, type }: Layer): OptionError {
  return new OptionError(
    name,
    'initialState is given.',
    `A layer of type ${type} starts from no states of its own.`,
    "Give them to a recurrent layer; in a functional network with the layer's apply(x, { initialState }).",
  );
}

/**
 * Throws for states that the layer cannot start from.
 *
 * @throws ShapeError
 */
export function expectStates(
  { name, type, initialStateSizes: sizes }: Layer,
  states: readonly { readonly shape: PartialShape }[],
  batch: number | null = null,
): void {
  if (sizes === undefined) return;
  const expected = sizes.map((size) => [batch, size]);
  if (states.length === sizes.length && states.every(({ shape }, i) => fits(shape, expected[i] as PartialShape)))
    return;
  const list = (shapes: readonly PartialShape[]): string => shapes.map(formatPartialShape).join(', ');
  const order = type === 'bidirectional' ? ', those of the forward layer first' : '';
  throw new ShapeError(
    name,
    `initialState is ${list(states.map(({ shape }) => shape))}.`,
    `The layer starts from ${list(expected)}${order}.`,
    'Pass the states alone, without the output, of a layer with returnState: true and as many units.',
  );
}

/** Masks that are no list with one for each input. */
export function noMasks({ name }: Layer): OptionError {
  return new OptionError(
    name,
    'masks is no list.',
    'masks holds a mask, or undefined, for each input.',
    'For a layer of one input write mask.',
  );
}

/** Dropout without the number of the training step. */
export function missingStep({ name }: Layer): OptionError {
  return new OptionError(
    name,
    'training is true and step is not given.',
    'Dropout draws other numbers in every training step.',
    'Pass the number of the step: call(x, { training: true, step }).',
  );
}

/** What does without a stream what it does. */
export const stepByStep: string =
  'Give the recurrent layers stateful: true and predict sequences of one step, or predict whole sequences.';

/** Why built-in layers have no steps. */
const wholeSequences: Readonly<Record<string, string>> = {
  masking: 'It leaves steps of padding out, and a stream has none: each call is a step.',
  flatten: 'It joins the steps of a whole sequence, and a stream takes one at a time.',
  reshape: 'It arranges the steps of a whole sequence anew, and a stream takes one at a time.',
  repeatVector: 'It makes a sequence of one vector, and a stream gives one step for each.',
  concatenate: 'It joins several inputs, and a stream has one.',
  model: 'Its layers branch, and a stream is a chain of layers with one input and one output.',
};

/** A layer that needs more than the steps so far, or does not say what a step is. */
export function notStreamed({ name, type }: Layer, fix?: string): UnsupportedError {
  return new UnsupportedError(
    name,
    `${withArticle(type)} layer cannot be streamed.`,
    wholeSequences[type] ?? 'It does not say what one step of it is.',
    fix ??
      (wholeSequences[type]
        ? 'Predict whole sequences instead.'
        : 'Override sessionLayers(), or predict whole sequences instead.'),
  );
}

/** A layer with an option that is no plain data. */
export function notSaved({ name }: Layer, option: string): UnsupportedError {
  return new UnsupportedError(
    name,
    `${option} is a function.`,
    'A saved layer holds plain data.',
    `Use a name for ${option}, or save the weights only.`,
  );
}
