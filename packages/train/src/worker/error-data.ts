import {
  BackendError,
  BackendMismatchError,
  DataError,
  DeviceLostError,
  DisposedError,
  DTypeError,
  type ErrorCode,
  FormatError,
  GradientError,
  LstmError,
  NonFiniteError,
  OptionError,
  QueueFullError,
  ScopeError,
  ShapeError,
  SyncReadError,
  UnsupportedError,
} from '@lstm/core';
import { factOf } from '../fact-of.ts';

/** An error as a message can hold it: what is cloned of one of ours is a plain `Error`. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of an error of this library. */
  readonly code?: ErrorCode;
  readonly where?: string;
  readonly cause?: ErrorData;
}

/** All codes; a worker with a newer version may know more. */
const kinds: Readonly<Record<ErrorCode, new (...parts: ConstructorParameters<typeof ShapeError>) => LstmError>> = {
  shape: ShapeError,
  dtype: DTypeError,
  option: OptionError,
  backend: BackendError,
  'backend-mismatch': BackendMismatchError,
  'device-lost': DeviceLostError,
  disposed: DisposedError,
  'sync-read': SyncReadError,
  'queue-full': QueueFullError,
  unsupported: UnsupportedError,
  data: DataError,
  'non-finite': NonFiniteError,
  format: FormatError,
  gradient: GradientError,
  scope: ScopeError,
};

export function errorToData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    ...(error instanceof LstmError && { code: error.code, where: error.where }),
    ...(cause instanceof Error && { cause: errorToData(cause) }),
  };
}

/** Returns an error of the same class where it is one of ours, with the stack of the worker. */
export function errorFromData({ name, message, stack, code, where = '', cause: data }: ErrorData): Error {
  const options = data && { cause: errorFromData(data) };
  const Kind = code === undefined ? undefined : kinds[code];
  const error =
    Kind === undefined
      ? Object.assign(new Error(message, options), { name })
      : new Kind(where, factOf({ where, message }), '', '', options);
  if (stack !== undefined) error.stack = stack;
  return error;
}
