/** Every code that an error of this library can carry, for `switch (error.code)`. */
export type ErrorCode =
  | 'shape'
  | 'dtype'
  | 'option'
  | 'backend'
  | 'backend-mismatch'
  | 'device-lost'
  | 'disposed'
  | 'sync-read'
  | 'queue-full'
  | 'unsupported'
  | 'data'
  | 'non-finite'
  | 'format'
  | 'gradient'
  | 'scope';

/**
 * Base of every error that this library throws. The message reads `[where] fact. Rule. Fix.`
 *
 * @example
 * ```ts
 * import { LstmError, reshape, tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * try {
 *   reshape(tensor([1, 2, 3]), [2, 2]);
 * } catch (error) {
 *   if (error instanceof LstmError) console.log(error.code); // => shape
 * }
 * ```
 */
export abstract class LstmError extends Error {
  /** Names the kind of failure; stable across versions, unlike the message. */
  abstract readonly code: ErrorCode;
  /** The op, layer or function that refused. */
  readonly where: string;

  /**
   * @param where - the op, layer or function that refuses
   * @param fact - what was found, ending with a full stop
   * @param rule - what is accepted
   * @param fix - what to write instead
   */
  constructor(where: string, fact: string, rule = '', fix = '', options?: { readonly cause?: unknown }) {
    super(`[${where}] ${[fact, rule, fix].filter((part) => part !== '').join(' ')}`, options);
    // Ours name themselves below, since minifiers rename classes.
    this.name = new.target.name;
    this.where = where;
  }
}

/** Shapes do not fit together or do not fit the op. */
export class ShapeError extends LstmError {
  static override readonly name: string = 'ShapeError';
  readonly code = 'shape';
}

/** A tensor or array has a data type that the op does not take. */
export class DTypeError extends LstmError {
  static override readonly name: string = 'DTypeError';
  readonly code = 'dtype';
}

/** An argument or option is unknown or out of its range. */
export class OptionError extends LstmError {
  static override readonly name: string = 'OptionError';
  readonly code = 'option';
}

/** A backend could not do its work; `cause` holds the backend's own error. */
export class BackendError extends LstmError {
  static override readonly name: string = 'BackendError';
  readonly code: 'backend' | 'device-lost' = 'backend';
}

/** The system took a backend's device away: all tensors on it are gone, training goes on from its last checkpoint on a new backend. */
export class DeviceLostError extends BackendError {
  static override readonly name: string = 'DeviceLostError';
  override readonly code = 'device-lost';
}

/** Tensors of two backends met in one op, or no backend was chosen. */
export class BackendMismatchError extends LstmError {
  static override readonly name: string = 'BackendMismatchError';
  readonly code = 'backend-mismatch';
}

/** A tensor, parameter, scope, session or backend was used after it was disposed. */
export class DisposedError extends LstmError {
  static override readonly name: string = 'DisposedError';
  readonly code = 'disposed';
}

/** A synchronous read was asked of a backend that can only read asynchronously. */
export class SyncReadError extends LstmError {
  static override readonly name: string = 'SyncReadError';
  readonly code = 'sync-read';
}

/** A backend that cannot wait holds more queued work than its limit. */
export class QueueFullError extends LstmError {
  static override readonly name: string = 'QueueFullError';
  readonly code = 'queue-full';
}

/** The backend does not support this op, shape or data type. */
export class UnsupportedError extends LstmError {
  static override readonly name: string = 'UnsupportedError';
  readonly code = 'unsupported';
}

/** User data (a file, a column, a sequence) is not usable as it is. */
export class DataError extends LstmError {
  static override readonly name: string = 'DataError';
  readonly code = 'data';
}

/** A loss, gradient or input stopped being a finite number. */
export class NonFiniteError extends LstmError {
  static override readonly name: string = 'NonFiniteError';
  readonly code = 'non-finite';
}

/** Bytes or a saved model do not have the expected format. */
export class FormatError extends LstmError {
  static override readonly name: string = 'FormatError';
  readonly code = 'format';
}

/** A gradient was asked for that does not exist or was already released. */
export class GradientError extends LstmError {
  static override readonly name: string = 'GradientError';
  readonly code = 'gradient';
}

/** `tidy`, `noGrad` or a scope was used across an `await`. */
export class ScopeError extends LstmError {
  static override readonly name: string = 'ScopeError';
  readonly code = 'scope';
}
