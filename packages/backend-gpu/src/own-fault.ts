import { BackendError } from '@lstm/core';

/** What only this package can have done wrong, or a gpu.js that it was not made for. */
export function ownFault(fact: string): BackendError {
  const rule = 'This is a bug of @lstm/backend-gpu.';
  return new BackendError(
    'gpu',
    fact,
    rule,
    'Report it with the code that led here, and use another backend meanwhile.',
  );
}
