import {
  DataError,
  type DType,
  describeValue,
  dtypeOf,
  type HostArray,
  hostArray,
  isHostArray,
  type TypedArray,
} from '@lstm/core';

/** Steps of one sequence: numbers such as tokens, `[time]`, or rows of features, `[time, features]`. */
export type SequenceLike = readonly number[] | readonly (readonly number[])[] | TypedArray | HostArray;

/** Checked sequences of unequal lengths. */
export interface SequenceList {
  /** Values of each sequence, row-major. */
  readonly values: readonly TypedArray[];
  /** Steps of each sequence. */
  readonly lengths: readonly number[];
  /** Numbers in a step, undefined where a step is a number. */
  readonly features: number | undefined;
  /** The type that typed sequences have, and otherwise `int32` for numbers, `float32` for rows. */
  readonly dtype: DType;
}

const rule = 'A sequence is a list of numbers, [time], or of rows of equally many features, [time, features].';

function stepName(features: number | undefined): string {
  if (features === undefined) return 'a number';
  return features === 1 ? 'a row of 1 feature' : `a row of ${features} features`;
}

/** Returns a list in float64, which holds float32 and int32 exactly. */
function ofList(where: string, name: string, list: readonly (number | readonly number[])[]): HostArray {
  const [first] = list;
  const features = Array.isArray(first) ? first.length : undefined;
  for (const [i, step] of list.entries()) {
    const numbers: readonly unknown[] = Array.isArray(step) ? step : [step];
    const at = numbers.findIndex((value) => typeof value !== 'number');
    if (at >= 0) {
      const other = numbers[at];
      const fix = Array.isArray(other)
        ? 'Lay the numbers of a step side by side in one row: step.flat(Infinity).'
        : ArrayBuffer.isView(other)
          ? 'Write rows as lists: [...row].'
          : 'Encode it as numbers.';
      throw new DataError(where, `${name}, step ${i} holds ${describeValue(other)}.`, rule, fix);
    }
    if ((Array.isArray(step) ? step.length : undefined) !== features) {
      throw new DataError(
        where,
        `${name}, step ${i} is ${stepName(Array.isArray(step) ? step.length : undefined)}, step 0 ${stepName(features)}.`,
        rule,
        'Complete it.',
      );
    }
  }
  return hostArray(list, undefined, 'float64');
}

function ofOne(where: string, name: string, sequence: SequenceLike): HostArray {
  if (Array.isArray(sequence)) return ofList(where, name, sequence);
  if (!ArrayBuffer.isView(sequence) && !isHostArray(sequence)) {
    throw new DataError(where, `${name} is a ${typeof sequence}.`, rule, 'Pass a list of sequences.');
  }
  const array = hostArray(sequence);
  if (array.shape.length === 1 || array.shape.length === 2) return array;
  throw new DataError(where, `${name} is [${array.shape.join(', ')}].`, rule, 'Reshape or split it.');
}

/**
 * Returns sequences after checking that their steps are alike.
 *
 * @param named - what an error calls one of them, followed by its place
 * @throws DataError that names sequence and step
 */
export function sequenceList(where: string, named: string, sequences: readonly SequenceLike[]): SequenceList {
  if (!Array.isArray(sequences) || sequences.length === 0) {
    throw new DataError(
      where,
      Array.isArray(sequences) ? `there is no ${named}.` : `what holds each ${named} is no list.`,
      rule,
      'Pass a list of at least one sequence.',
    );
  }
  const arrays = sequences.map((sequence: SequenceLike, i) => ofOne(where, `${named} ${i}`, sequence));
  // An empty list says nothing of its steps.
  const told = arrays.findIndex(({ data, shape }) => data.length > 0 || shape.length > 1);
  const features = arrays[told]?.shape[1];
  for (const [i, { data, shape }] of arrays.entries()) {
    if (shape[1] === features || (data.length === 0 && shape.length === 1)) continue;
    const fact = `a step of ${named} ${i} is ${stepName(shape[1])}, of ${named} ${told} ${stepName(features)}.`;
    throw new DataError(where, fact, 'Steps of all sequences are alike.', `Check ${named} ${i}.`);
  }
  const typed = arrays.find((_, i) => !Array.isArray(sequences[i]));
  return {
    values: arrays.map(({ data }) => data),
    lengths: arrays.map(({ shape }) => shape[0]!),
    features,
    dtype: typed ? dtypeOf(typed.data) : features === undefined ? 'int32' : 'float32',
  };
}
