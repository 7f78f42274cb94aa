import { expect, it } from 'vitest';
import { reference } from '../reference/index.ts';
import { useBackend } from './define.ts';

it('tells what was given for a backend, and what to call', async () => {
  const refused = (given: unknown) => expect(useBackend(given as never)).rejects;
  await refused(reference).toThrow(
    '[defineBackend] a function was given for a backend. A backend is what a function such as cpu returns. Call it: useBackend(reference()).',
  );
  await refused(undefined).toThrow('[defineBackend] undefined was given for a backend.');
  await refused('cpu').toThrow('[defineBackend] "cpu" was given for a backend.');
  await refused({ ...reference(), apiVersion: 2 }).toThrow('was written for version 2 of the backend contract.');
});
