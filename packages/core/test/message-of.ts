import { LstmError } from '../src/errors.ts';

/** Returns class and message of the error of ours that `body` throws, for snapshots of messages. */
export function messageOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof LstmError) return `${error.constructor.name}: ${error.message}`;
    throw error;
  }
  return 'no error';
}
