import {
  allocate,
  checkChoice,
  checkInteger,
  checkOptions,
  DataError,
  type DType,
  type HostArray,
  hostArray,
  type TypedArray,
} from '@lstm/core';
import { type SequenceLike, type SequenceList, sequenceList } from './sequence-list.ts';

/** An end of a sequence: `pre` its start, `post` its end. */
export type SequenceEnd = 'pre' | 'post';

/** Options of {@link padSequences}; names and defaults are Keras's. */
export interface PadOptions {
  /** Steps of every padded sequence. Default: those of the longest. */
  readonly maxLength?: number;
  /** Where a shorter sequence is filled. Default `pre`. */
  readonly padding?: SequenceEnd;
  /** Where a longer sequence is cut. Default `pre`, which keeps its end. */
  readonly truncating?: SequenceEnd;
  /** What fills the padding. Default 0. */
  readonly value?: number;
  /** Type of the result. Default: that of typed sequences, `int32` for lists of numbers, `float32` for lists of rows. */
  readonly dtype?: DType;
}

/** Sequences of one length: a host array, and which of its steps are filled in. */
export interface PaddedSequences extends HostArray {
  /** Steps of each sequence that are not padding, `[batch]`. */
  readonly lengths: readonly number[];
  /** 1 for steps, 0 for padding, `[batch, time]`: the mask of recurrent layers, or the weights of steps in a loss. */
  readonly mask: HostArray<Float32Array>;
}

/** Names of {@link PadOptions}. */
export const padOptionNames: readonly string[] = ['maxLength', 'padding', 'truncating', 'value', 'dtype'];

const ends: readonly SequenceEnd[] = ['pre', 'post'];
const types: readonly DType[] = ['float32', 'int32', 'float64'];

/** Checked {@link PadOptions} without those that depend on the sequences. */
export interface Padding {
  readonly padding: SequenceEnd;
  readonly truncating: SequenceEnd;
  readonly value: number;
  readonly dtype: DType;
}

/**
 * Returns the options with their defaults.
 *
 * @throws OptionError when one is out of its range, DataError when int32 cannot hold a value
 */
export function checkedPadding(where: string, named: string, list: SequenceList, options: PadOptions): Padding {
  const { maxLength, padding = 'pre', truncating = 'pre', value = 0, dtype = list.dtype } = options;
  if (maxLength !== undefined) checkInteger(where, 'maxLength', maxLength);
  checkChoice(where, 'padding', padding, ends);
  checkChoice(where, 'truncating', truncating, ends);
  checkChoice(where, 'dtype', dtype, types);
  if (dtype === 'int32') {
    const isWhole = (number: number): boolean => number === (number | 0);
    const fail = (fact: string): never => {
      const fix = "Write dtype: 'float32', or pass whole numbers.";
      throw new DataError(where, fact, 'int32 holds whole numbers from -2^31 to 2^31 - 1.', fix);
    };
    for (const [i, values] of list.values.entries()) {
      const wrong = (values as Float64Array).findIndex((number) => !isWhole(number));
      if (wrong < 0) continue;
      fail(`${named} ${i}, step ${Math.floor(wrong / (list.features ?? 1))} holds ${values[wrong]}.`);
    }
    if (!isWhole(value)) fail(`value is ${value}.`);
  }
  return { padding, truncating, value, dtype };
}

/**
 * Returns some sequences of a list at one length.
 *
 * @param places - of the sequences in the list
 * @param time - steps of each in the result
 */
export function padded(list: SequenceList, places: ArrayLike<number>, time: number, options: Padding): PaddedSequences {
  const { padding, truncating, value, dtype } = options;
  const width = list.features ?? 1;
  const data: TypedArray = allocate(dtype, places.length * time * width).fill(value);
  const mask = new Float32Array(places.length * time);
  const lengths = Array.from(places, (place, i) => {
    const values = list.values[place]!;
    const full = list.lengths[place]!;
    const length = Math.min(full, time);
    const start = truncating === 'pre' ? full - length : 0;
    const first = i * time + (padding === 'pre' ? time - length : 0);
    data.set(values.subarray(start * width, (start + length) * width), first * width);
    mask.fill(1, first, first + length);
    return length;
  });
  const shape = [places.length, time];
  return {
    ...hostArray(data, list.features === undefined ? shape : [...shape, width]),
    lengths,
    mask: { data: mask, shape },
  };
}

/**
 * Returns sequences of unequal lengths as one array `[batch, time]`, or `[batch, time, features]` where steps are rows, with
 * the `lengths` and the `mask` of what is not padding. What Keras's `pad_sequences` computes, but a number that `dtype` cannot hold
 * is an error, and is not rounded.
 *
 * Padding stands at the start unless `padding: 'post'` is asked for. The option `lengths` of recurrent ops means padding at the
 * end; `mask` fits both. `fit`, `evaluate` and `predict` of `@lstm/train` use the mask of such an input.
 *
 * @param sequences - lists of numbers or of rows of features, typed or nested; they may be empty, but not all
 * @throws DataError that names sequence and step when steps are not alike, are not numbers, or `dtype` cannot hold one
 * @throws OptionError when an option is unknown or out of its range
 *
 * @example
 * ```ts
 * import { padSequences } from '@lstm/data';
 *
 * const { data, shape, lengths, mask } = padSequences([[5, 6, 7], [8]], { padding: 'post' });
 * console.log(shape, data); // => [ 2, 3 ] Int32Array(6) [ 5, 6, 7, 8, 0, 0 ]
 * console.log(lengths, mask.data); // => [ 3, 1 ] Float32Array(6) [ 1, 1, 1, 1, 0, 0 ]
 * ```
 */
export function padSequences(sequences: readonly SequenceLike[], options: PadOptions = {}): PaddedSequences {
  const where = 'padSequences';
  checkOptions(where, options, padOptionNames);
  const list = sequenceList(where, 'sequence', sequences);
  const padding = checkedPadding(where, 'sequence', list, options);
  const time = options.maxLength ?? list.lengths.reduce((longest, length) => Math.max(longest, length));
  if (time === 0) {
    throw new DataError(
      where,
      'every sequence is empty.',
      'Padded sequences have at least one step.',
      'Give maxLength.',
    );
  }
  return padded(list, [...list.lengths.keys()], time, padding);
}
