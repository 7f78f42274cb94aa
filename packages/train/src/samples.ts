import {
  allocate,
  DataError,
  describeValue,
  dtypeOf,
  type HostArray,
  type HostArrayLike,
  hostArray,
  isHostArray,
  ShapeError,
  sameShape,
  sizeOf,
  Tensor,
} from '@lstm/core';
import type { Network } from '@lstm/layers';
import { factOf } from './fact-of.ts';

/**
 * Values of one input or target of a network, samples along the first axis. Where they come with a `mask` `[samples, time]`, as those of
 * `padSequences` of `@lstm/data` do, what is 0 in it is padding: layers skip it in an input. Losses and metrics skip the padding of the
 * network's output, or where that has no mask of its own, the padding of the target.
 */
export type SampleArray = HostArrayLike | Tensor;

/** Values of every input or target: one array, or a list for a network with several. */
export type SampleData = SampleArray | readonly (HostArray | Tensor)[];

/** 0/1 `[samples, time]` of each array, where it brings one. */
type Masks = readonly (HostArray | undefined)[];

/** Samples on the host. */
export interface Samples {
  readonly inputs: readonly HostArray[];
  readonly targets: readonly HostArray[];
  /** Factors of the samples in the loss: for all outputs, for each output, or none. */
  readonly weights: readonly HostArray[];
  /** Of the inputs. */
  readonly masks: Masks;
  readonly targetMasks: Masks;
  readonly count: number;
  /** Numbers of the samples in the user's data, where the order is another. */
  readonly rows?: ArrayLike<number>;
}

function isArrayList(data: SampleData): data is readonly (HostArray | Tensor)[] {
  return Array.isArray(data) && data.length > 0 && data.every((each) => each instanceof Tensor || isHostArray(each));
}

/** Resolves to an array on the host, with its mask where it brings one. */
export async function onHost(value: SampleArray): Promise<HostArray> {
  return value instanceof Tensor ? hostArray(await value.data(), value.shape) : hostArray(value);
}

/**
 * Resolves to the arrays of `data` on the host.
 *
 * @param name - what the user calls the data
 * @throws DataError or ShapeError with that name when they are no arrays
 */
export async function hostArrays(where: string, name: string, data: SampleData): Promise<readonly HostArray[]> {
  try {
    return await Promise.all(isArrayList(data) ? data.map(onHost) : [onHost(data as SampleArray)]);
  } catch (error) {
    if (!(error instanceof DataError || error instanceof ShapeError)) throw error;
    const Kind = error instanceof DataError ? DataError : ShapeError;
    throw new Kind(where, `${name}: ${factOf(error)}`, '', '', { cause: error });
  }
}

/** Throws unless `data` may be `count` arrays: nested lists of several would be taken for one. */
function expectArrays(where: string, name: string, data: SampleData, count: number, letter: 'x' | 'y'): void {
  const arrays = isArrayList(data);
  const found = arrays ? data.length : 1;
  if (found === count || (count === 1 && letter === 'y')) return;
  // A list of lists, one for each.
  const lists = !arrays && Array.isArray(data) && data.length === count;
  const facts = lists
    ? `a list of ${count}, not all of which are host arrays, so it counts as one array`
    : arrays
      ? `${found} arrays`
      : isSampleData(data)
        ? 'one array'
        : describeValue(data);
  const each = Array.from({ length: count }, (_, i) => `hostArray(${letter}${lists ? `[${i}]` : i + 1})`);
  throw new DataError(
    where,
    `${name} is ${facts}.`,
    count === 1 ? 'The network has one input.' : `The network has ${count} ${letter === 'x' ? 'inputs' : 'outputs'}.`,
    count === 1
      ? 'Give one array, the samples along its first axis; padSequences of @lstm/data makes one of sequences.'
      : `Give a host array for each: [${each.join(', ')}].`,
  );
}

/**
 * Resolves to the inputs of a network on the host.
 *
 * @throws DataError or ShapeError with their name when they are no arrays or not as many as the network takes
 */
export async function inputsOf(
  where: string,
  name: string,
  { inputShapes }: Network,
  x: SampleData,
): Promise<readonly HostArray[]> {
  if (inputShapes !== undefined) expectArrays(where, name, x, inputShapes.length, 'x');
  return hostArrays(where, name, x);
}

/** Resolves to the targets of a network on the host; throws as {@link inputsOf} does. */
export async function targetsOf(
  where: string,
  name: string,
  { outputActivations }: Network,
  y: SampleData,
): Promise<readonly HostArray[]> {
  expectArrays(where, name, y, outputActivations.length, 'y');
  return hostArrays(where, name, y);
}

/** Whether it may be samples; an object of options is not. */
export function isSampleData(value: unknown): value is SampleData {
  return Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Tensor || isHostArray(value);
}

/**
 * Returns checked samples.
 *
 * @throws DataError when there are none, the arrays hold different numbers of them, or weights are neither for all outputs nor for each
 */
export function samplesOf(
  where: string,
  inputs: readonly HostArray[],
  targets: readonly HostArray[] = [],
  weights: readonly HostArray[] = [],
): Samples {
  if (weights.length > 1 && weights.length !== targets.length) {
    throw new DataError(
      where,
      `sampleWeight is ${weights.length} arrays.`,
      `There are ${targets.length} targets, one for each output.`,
      'Give one array for all outputs, or one for each.',
    );
  }
  const masks = inputs.map(({ mask }) => mask);
  const targetMasks = targets.map(({ mask }) => mask);
  const arrays = [...inputs, ...targets, ...weights, ...masks, ...targetMasks].filter((each) => each !== undefined);
  const counts = arrays.map(({ shape }) => shape[0] ?? 0);
  const [count = 0] = counts;
  if (count === 0) {
    throw new DataError(where, 'there are no samples.', 'Samples lie along the first axis.', 'Check the shape of x.');
  }
  if (counts.some((each) => each !== count)) {
    const held = (name: string, arrays: Masks): string[] => {
      const given = arrays.filter((each) => each !== undefined);
      return given.length === 0 ? [] : [`${name} holds ${given.map(({ shape }) => shape[0] ?? 0).join(' and ')}`];
    };
    const facts = [
      ...held('x', inputs),
      ...held('y', targets),
      ...held('sampleWeight', weights),
      ...held('the mask of x', masks),
      ...held('the mask of y', targetMasks),
    ];
    throw new DataError(
      where,
      `${facts.join(', ')} samples.`,
      'Every array holds one entry per sample, along the first axis.',
      'Check the shapes.',
    );
  }
  return { inputs, targets, weights, masks, targetMasks, count };
}

/** Returns the weights that count for an output. */
export function weightsOf<T>(weights: readonly T[], output: number): T | undefined {
  return weights[weights.length === 1 ? 0 : output];
}

/** Returns the given rows of an array. */
function rowsOf({ data, shape }: HostArray, rows: ArrayLike<number>): HostArray {
  const size = sizeOf(shape.slice(1));
  const result = allocate(dtypeOf(data), rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    const start = (rows[i] as number) * size;
    result.set(data.subarray(start, start + size), i * size);
  }
  return { data: result, shape: [rows.length, ...shape.slice(1)] };
}

function rowNumbers(count: number, numberOf: (i: number) => number): Int32Array {
  const rows = new Int32Array(count);
  for (let i = 0; i < count; i++) rows[i] = numberOf(i);
  return rows;
}

/** Returns the samples that are in the given rows, of which `part` gives those of an array. */
function partOf(samples: Samples, rows: ArrayLike<number>, part: (array: HostArray) => HostArray): Samples {
  const { inputs, targets, weights, masks, targetMasks } = samples;
  return {
    rows,
    inputs: inputs.map(part),
    targets: targets.map(part),
    weights: weights.map(part),
    masks: masks.map((mask) => mask && part(mask)),
    targetMasks: targetMasks.map((mask) => mask && part(mask)),
    count: rows.length,
  };
}

/** Returns the given samples. */
export function takeSamples(samples: Samples, rows: ArrayLike<number>): Samples {
  const { rows: known } = samples;
  const numbers = known === undefined ? rows : rowNumbers(rows.length, (i) => known[rows[i] as number] as number);
  return partOf(samples, numbers, (array) => rowsOf(array, rows));
}

/** Returns the samples from `start` up to `end`, on the same memory. */
export function sliceSamples(samples: Samples, start: number, end: number): Samples {
  const numbers = rowNumbers(end - start, (i) => samples.rows?.[start + i] ?? start + i);
  return partOf(samples, numbers, ({ data, shape }) => {
    const [count = 0, ...rest] = shape;
    const size = data.length / Math.max(1, count);
    return { data: data.subarray(start * size, end * size), shape: [end - start, ...rest] };
  });
}

/** Joins arrays along the first axis, and their masks where they have some. */
export function joinRows(where: string, parts: readonly HostArray[]): HostArray {
  const [first] = parts as readonly [HostArray];
  const rest = first.shape.slice(1);
  if (parts.some(({ shape }) => !sameShape(shape.slice(1), rest))) {
    throw new DataError(
      where,
      `batches gave outputs of shapes ${parts.map(({ shape }) => `[${shape.join(', ')}]`).join(', ')}.`,
      'Outputs are joined along the batch, so all other lengths are equal.',
      'Pad the sequences to one length.',
    );
  }
  if (parts.length === 1) return first;
  const result = allocate(
    dtypeOf(first.data),
    parts.reduce((size, { data }) => size + data.length, 0),
  );
  let offset = 0;
  for (const { data } of parts) {
    result.set(data, offset);
    offset += data.length;
  }
  const masks = parts.flatMap(({ mask }) => mask ?? []);
  const shape = [parts.reduce((rows, { shape }) => rows + (shape[0] ?? 0), 0), ...rest];
  return { data: result, shape, ...(masks.length > 0 && { mask: joinRows(where, masks) }) };
}
