import { type Backend, checkChoice, useBackend } from '@lstm/core';
import { reference } from '@lstm/core/reference';

/** Backends that the program can be told to use. */
export type BackendName = 'auto' | 'cpu' | 'reference';

/** Their names. */
export const backendNames: readonly BackendName[] = ['auto', 'cpu', 'reference'];

/** Resolves to the native backend where its package is installed and loads, else to the reference backend. */
async function nativeOrReference(): Promise<Backend> {
  try {
    const { cpu } = await import('@lstm/backend-cpu');
    return await cpu();
  } catch {
    return reference();
  }
}

/** Makes a backend the default one and resolves to it. */
export async function chooseBackend(name: BackendName): Promise<Backend> {
  const known = checkChoice('lstm', 'backend', name, backendNames);
  if (known === 'reference') return useBackend(reference());
  if (known === 'auto') return useBackend(await nativeOrReference());
  const { cpu } = await import('@lstm/backend-cpu');
  return useBackend(await cpu());
}
