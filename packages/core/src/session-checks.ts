import { describeValue } from './describe-value.ts';
import { dtypeOf } from './dtype.ts';
import { DTypeError, OptionError, ShapeError } from './errors.ts';

/** Throws unless an array of a step is a Float32Array of `length` values. */
export function checkArray(name: string, array: Float32Array, length: number): void {
  if (!ArrayBuffer.isView(array) || dtypeOf(array) !== 'float32') {
    const fix = `Convert it before: Float32Array.from(${name}).`;
    throw new DTypeError('session', `${name} is ${describeValue(array)}.`, 'A session takes Float32Arrays.', fix);
  }
  if (array.length === length) return;
  throw new ShapeError(
    'session',
    `${name} holds ${array.length} values.`,
    `A step of all sessions takes ${length}.`,
    'Pass a Float32Array of that length.',
  );
}

/** Tokens that a session takes: those of the embedding that comes first. */
export interface Vocabulary {
  /** Tokens are from 0 to one less. */
  readonly size: number;
  /** Token 0 is padding. */
  readonly maskZero: boolean;
}

/** Throws for tokens that a step can't take. */
export function checkTokens(tokens: Float32Array, { size, maskZero }: Vocabulary): void {
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as number;
    if ((token | 0) !== token) {
      const rule = 'A token is an integer.';
      throw new OptionError('session', `the token of session ${i} is ${token}.`, rule, 'Check the input.');
    }
    if (token < 0 || token >= size) {
      throw new OptionError(
        'session',
        `the token of session ${i} is ${token}.`,
        `The embedding, which comes first, has a vocabulary of ${size}: a token lies in [0, ${size - 1}].`,
        'Give unknown words a token of their own, or make the embedding with a larger inputDim.',
      );
    }
    if (token === 0 && maskZero) {
      throw new OptionError(
        'session',
        `the token of session ${i} is 0.`,
        'With maskZero token 0 is padding, which a stream has none of.',
        'Step the other tokens only, or embed without maskZero.',
      );
    }
  }
}

/** Throws unless `state` holds Float32Arrays of as many values as the session's own. */
export function checkState(state: readonly Float32Array[], sizes: readonly number[]): void {
  const given = Array.isArray(state) ? state.map((each) => each?.length ?? 0) : [];
  if (given.length === sizes.length && sizes.every((size, i) => size === given[i])) {
    for (const [i, size] of sizes.entries()) checkArray(`state[${i}]`, state[i] as Float32Array, size);
    return;
  }
  throw new ShapeError(
    'session',
    given.length === 0 ? 'the state holds no arrays.' : `the state holds arrays of ${given.join(', ')} values.`,
    sizes.length === 0 ? 'Here it is an empty list.' : `Here it holds arrays of ${sizes.join(', ')}.`,
    'Pass what readState gave.',
  );
}
