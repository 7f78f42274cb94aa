import { describeValue } from '../describe-value.ts';
import { BackendError, BackendMismatchError } from '../errors.ts';
import { requiredKernels } from './required-kernels.ts';
import type { Backend } from './types.ts';

const choices =
  'await useBackend(reference()) of @lstm/core/reference, or likewise cpu() of @lstm/backend-cpu or gpu() of @lstm/backend-gpu.';

function noBackend(where: string, given: unknown): BackendError {
  return new BackendError(
    where,
    `${describeValue(given)} was given for a backend.`,
    'A backend is what a function such as cpu returns.',
    fixOf(given),
  );
}

function fixOf(given: unknown): string {
  if (given instanceof Promise) return 'Await it before.';
  return typeof given === 'function' ? `Call it: ${given.name || 'backend'}().` : `Write ${choices}`;
}

/**
 * Returns the backend as it is, with the type of its handles inferred for its author and hidden from everyone else.
 *
 * @throws {@link BackendError} when it is no backend, `apiVersion` is not the one of this core, or a must-have dtype or kernel is missing
 *
 * @example
 * ```ts
 * import { defineBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * const backend = defineBackend({ ...reference(), name: 'mine' }); // or one of your own: see CONTRIBUTING
 * console.log(backend.name); // => mine
 * ```
 */
export function defineBackend<H>(backend: Backend<H>): Backend {
  return checkedBackend('defineBackend', backend);
}

/** @internal Returns the backend as it is; throws what {@link defineBackend} throws, in the name of `where`. */
export function checkedBackend(where: string, backend: Backend): Backend {
  const given: unknown = backend;
  if (typeof given !== 'object' || given === null || !('apiVersion' in given)) throw noBackend(where, given);
  const version: number = backend.apiVersion;
  if (version !== 1) {
    throw new BackendError(
      where,
      `backend ${backend.name} was written for version ${version} of the backend contract.`,
      'This @lstm/core speaks version 1.',
      'Install matching versions of the backend and @lstm/core.',
    );
  }
  for (const dtype of ['float32', 'int32'] as const) {
    if (!backend.dtypes.has(dtype)) {
      throw new BackendError(
        where,
        `backend ${backend.name} does not list ${dtype}.`,
        'Every backend takes float32 and int32.',
        `Add '${dtype}' to dtypes.`,
      );
    }
  }
  for (const name of requiredKernels) {
    if (typeof backend.kernels?.[name] === 'function') continue;
    const rule = `Every backend has ${requiredKernels.join(', ')}.`;
    throw new BackendError(where, `backend ${backend.name} has no kernel ${name}.`, rule, `Add ${name} to kernels.`);
  }
  return backend;
}

let defaultBackend: Backend | undefined;

/**
 * Sets the backend of tensors that are created without inputs. Ops take the backend of their inputs.
 *
 * @param backend - a backend, or a promise of one
 * @returns the backend that is now the default
 * @throws {@link BackendError} when it is no backend, or lacks what {@link defineBackend} asks for
 *
 * @example
 * ```ts
 * import { tensor, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(tensor([1, 2]).backend.name); // => reference
 * ```
 */
export async function useBackend(backend: Backend | Promise<Backend>): Promise<Backend> {
  const resolved = checkedBackend('useBackend', backend instanceof Promise ? await backend : backend);
  defaultBackend = resolved;
  return resolved;
}

/**
 * Returns true when a default backend was chosen.
 *
 * @example
 * ```ts
 * import { hasDefaultBackend, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(hasDefaultBackend()); // => true
 * ```
 */
export function hasDefaultBackend(): boolean {
  return defaultBackend !== undefined;
}

/**
 * Returns the default backend.
 *
 * @throws {@link BackendMismatchError} when none was chosen
 *
 * @example
 * ```ts
 * import { getBackend, useBackend } from '@lstm/core';
 * import { reference } from '@lstm/core/reference';
 *
 * await useBackend(reference());
 * console.log(getBackend().name); // => reference
 * ```
 */
export function getBackend(): Backend {
  if (defaultBackend !== undefined) return defaultBackend;
  throw new BackendMismatchError(
    'useBackend',
    'no backend was chosen.',
    'A tensor lives on a backend.',
    `Choose one first: ${choices}`,
  );
}
