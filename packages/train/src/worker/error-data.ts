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

/** An error as a message can hold it: what is cloned of one of ours is a plain `Error`. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of an error of this library. */
  readonly code?: ErrorCode;
  readonly where?: string;
}

const kinds: Readonly<Record<ErrorCode, new (where: string, fact: string) => LstmError>> = {
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
  const { name, message, stack } = error;
  return error instanceof LstmError
    ? { name, message, stack, code: error.code, where: error.where }
    : { name, message, stack };
}

/** Returns an error of the same class where it is one of ours, with the stack of the worker. */
export function errorFromData({ name, message, stack, code, where = '' }: ErrorData): Error {
  const error =
    code === undefined
      ? Object.assign(new Error(message), { name })
      : new kinds[code](where, message.slice(`[${where}] `.length));
  if (stack !== undefined) error.stack = stack;
  return error;
}
