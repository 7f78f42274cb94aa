import { expect, it } from 'vitest';
import { reference } from '../reference/index.ts';
import { getBackend, useBackend } from './define.ts';

it('names the backends to choose from where none was', () => {
  expect(getBackend).toThrow(
    '[useBackend] no backend was chosen. A tensor lives on a backend. Choose one first: await useBackend(reference()) of @lstm/core/reference, or likewise cpu() of @lstm/backend-cpu or gpu() of @lstm/backend-gpu.',
  );
});

it('tells what was given for a backend, and what to call', async () => {
  const refused = (given: unknown) => expect(useBackend(given as never)).rejects;
  await refused(reference).toThrow(
    '[useBackend] a function was given for a backend. A backend is what a function such as cpu returns. Call it: reference().',
  );
  await refused(undefined).toThrow('[useBackend] undefined was given for a backend.');
  await refused('webgl').toThrow(
    '[useBackend] "webgl" was given for a backend. A backend is what a function such as cpu returns. Write await useBackend(reference()) of @lstm/core/reference, or likewise cpu() of @lstm/backend-cpu or gpu() of @lstm/backend-gpu.',
  );
  const { slice: _, ...kernels } = reference().kernels;
  await refused({ ...reference(), kernels }).toThrow(
    '[useBackend] backend reference has no kernel slice. Every backend has fill,',
  );
  await refused({ ...reference(), kernels: undefined }).toThrow('has no kernel fill.');
  await refused({ ...reference(), apiVersion: 2 }).toThrow('was written for version 2 of the backend contract.');
});
